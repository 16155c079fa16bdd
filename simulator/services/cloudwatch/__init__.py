"""CloudWatch: the metrics that services and users put, the mathematics on them, and alarms on the account's clock."""

from simulator.services.cloudwatch import alarms, data
from simulator.services.cloudwatch.metrics import METRICS, Metric

__all__ = ["METRICS", "Metric", "alarms", "data"]
