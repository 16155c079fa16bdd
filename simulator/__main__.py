"""`python -m simulator --port 5600`: the account, until it is told to end."""

import argparse
import logging

from simulator.server import Simulator


def main() -> None:
    """Will serve the simulated account."""
    words = argparse.ArgumentParser(description="An AWS account on this machine.")
    words.add_argument("--port", type=int, default=5600)
    words.add_argument("--speed", type=float, default=1.0, help="how many times as fast as the machine's clock")
    given = words.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    account = Simulator(port=given.port)
    account.world.clock.run_at(given.speed)
    account.serve_forever()


if __name__ == "__main__":
    main()
