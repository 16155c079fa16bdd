"""CodePipeline: moto keeps the definitions; executions walk their stages over the account's time."""

from simulator.services.codepipeline import operations
from simulator.services.codepipeline.actions import fail_next
from simulator.services.codepipeline.pipelines import start

__all__ = ["fail_next", "operations", "start"]
