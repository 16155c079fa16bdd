"""A thousand rollouts on one worker, whose deployments each become ready at a moment of their own: how long each waits
until the portal notices, and what AWS is asked meanwhile.

Time is the simulated account's, whose clock is turned: it holds what waits for its turn, and no processor's work.
"""

from bench.ground import crowd, filling
from bench.ground.aws_stage import Account, Crew
from bench.ground.crowd import Crowd
from bench.ground.outgoing import Outgoing
from bench.result import Result, waits
from releases.operations import advance, glances

MANY, QUICK_MANY = 1_000, 30
TICK_S = 2
SPREAD_S, QUICK_SPREAD_S = 600, 60
# After the last change; what isn't noticed by then is counted.
PATIENCE_S = 600


def measure(*, is_quick: bool = False) -> Result:
    """Will let the deployments become ready, and tick until all of them are noticed."""
    filling.migrate()
    count, spread_s = (QUICK_MANY, QUICK_SPREAD_S) if is_quick else (MANY, SPREAD_S)
    with Account() as account:
        crew = Crew(account)
        many = crowd.gather(crew, count)
        outgoing = Outgoing(crew)
        rows = waits(f"{count} that become ready within {spread_s} s", _watch(many, spread_s), of=count)
        rows += outgoing.rows()
    return Result("many", tuple(rows), _notes())


def _watch(many: Crowd, spread_s: int) -> list[float]:
    """How long each that was noticed had waited, in seconds of the account."""
    crew, ready_at = many.crew, many.become_ready_within(spread_s)
    waited: dict[int, float] = {}
    for _ in range(0, spread_s + PATIENCE_S, TICK_S):
        crew.account.advance(TICK_S)
        now = crew.now()
        for rollout_id in glances.due(now=now):
            advance.settle(rollout_id, clock=crew.now)
        for rollout_id in many.noticed() - waited.keys():
            waited[rollout_id] = (now - ready_at[rollout_id]).total_seconds()
        if len(waited) == len(ready_at):
            break
    return list(waited.values())


def _notes() -> tuple[str, ...]:
    return (
        f"The simulated account's seconds; a tick every {TICK_S} s in one process, at a process's share of the pace.",
        "A limit is AWS's published one where there is one, else our own caution (portal/aws/pace.py).",
    )
