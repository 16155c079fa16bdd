"""What becomes of AWS's errors in a pipeline."""

from contextlib import AbstractContextManager

from portal import aws
from portal.aws import Trouble
from releases.pipelines.base import PipelineError


def told(doing: str) -> AbstractContextManager[None]:
    """Will turn botocore's errors into PipelineError; `doing` is what is tried, as "CodePipeline about shop"."""
    return aws.telling(doing, _error)


def _error(trouble: Trouble) -> PipelineError:
    return PipelineError(trouble.code, trouble.sentence, permanent=trouble.is_permanent)
