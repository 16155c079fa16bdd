"""Load balancers whose targets take their time, and weights that deployments move; the rest is moto's."""

from simulator.services.elbv2 import operations

__all__ = ["operations"]
