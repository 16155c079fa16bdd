"""What becomes of AWS's errors in a target."""

from contextlib import AbstractContextManager

from portal import aws
from portal.aws import Trouble
from releases.targets.base import TargetError


def told(doing: str) -> AbstractContextManager[None]:
    """Will turn botocore's errors into TargetError; `doing` is what is tried, as "CodeDeploy to continue d-ABC"."""
    return aws.telling(doing, _error)


def _error(trouble: Trouble) -> TargetError:
    return TargetError(trouble.code, trouble.sentence, permanent=trouble.is_permanent)
