"""CloudFormation: reads a template, and makes its resources by the same calls as a person would.

moto's own leaves out many types, and says nothing. Here a type or a property that isn't known fails the stack. What
isn't played: deleting, replacing, drift, stack policies, nested stacks, and the minutes that all of it takes.
"""

from simulator.services.cloudformation import operations

__all__ = ["operations"]
