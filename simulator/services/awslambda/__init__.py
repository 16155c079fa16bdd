"""Lambda: moto keeps the functions, and their code really runs here, in a process of its own."""

from simulator.services.awslambda.invocations import Result, invoke

__all__ = ["Result", "invoke"]
