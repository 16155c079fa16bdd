"""CodeDeploy for ECS blue/green: a life of its own for each deployment, on the account's clock.

Applications are moto's; deployments of servers and of Lambda functions are not simulated.
"""

from simulator.services.codedeploy import configs, groups, hooks, operations, targets

__all__ = ["configs", "groups", "hooks", "operations", "targets"]
