"""ECS whose tasks take their time: services, task sets, and the deployments that ECS makes by itself.

Clusters and task definitions are moto's.
"""

from simulator.services.ecs import service_operations, task_operations, task_sets
from simulator.services.ecs.native import operations as native_operations

__all__ = ["native_operations", "service_operations", "task_operations", "task_sets"]
