"""CodeCommit over real git repositories: moto keeps the names, a folder of this machine the commits."""

from simulator.services.codecommit import operations
from simulator.services.codecommit.repositories import attach, head, push

__all__ = ["attach", "head", "operations", "push"]
