"""Route 53: record sets with AWS's own checks, changes that take their time, protections, health and answers."""

from simulator.services.route53 import answers, changes, health, protections
from simulator.services.route53.health import set_health
from simulator.services.route53.limits import limit_rate
from simulator.services.route53.zones import let_changes_take

__all__ = ["answers", "changes", "health", "let_changes_take", "limit_rate", "protections", "set_health"]
