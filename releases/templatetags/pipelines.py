"""Tags of the pipeline panel."""

from django import template

from releases.models import Execution
from releases.rules.pipelines import addresses
from releases.rules.pipelines.standings import Kind
from releases.selectors import pipelines

register = template.Library()


@register.filter
def pipeline_tone(standing: str) -> str:
    """Will give the class of a standing: ok, hold, bad, or none."""
    return pipelines.TONES.get(Kind(standing), "quiet")


@register.filter
def execution_address(execution: Execution) -> str:
    """Will give the address of an execution in the AWS console."""
    link = execution.pipeline
    return addresses.of_execution(link.region, link.name, execution.outside_id)


@register.filter
def commit_address(sha: str, repository: str) -> str:
    """Will give the address of a commit in the AWS console; nothing for a repository that isn't CodeCommit's."""
    return addresses.of_commit(repository, sha)
