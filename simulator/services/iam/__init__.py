"""IAM: moto keeps roles and policies; what they allow is judged here, and on demand kept."""

from simulator.services.iam import simulation
from simulator.services.iam.enforcement import enforce, refusal

__all__ = ["enforce", "refusal", "simulation"]
