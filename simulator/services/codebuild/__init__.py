"""CodeBuild: moto keeps the projects; builds take their time, phase by phase, and end as a test wants it."""

from simulator.services.codebuild import operations, reports
from simulator.services.codebuild.builds import Build, Outcome, plan, start, stop

__all__ = ["Build", "Outcome", "operations", "plan", "reports", "start", "stop"]
