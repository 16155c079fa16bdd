"""Pages of what is listed."""

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.operations import AwsError


def page(name: str, found: Sequence[Any], parameters: Mapping[str, Any], *, most: int) -> dict[str, Any]:
    """Will give one page as the member `name`. Raises AwsError(InvalidRequestException) for a token that is none."""
    token = parameters.get("NextToken") or "0"
    if not token.isdigit():
        raise AwsError("InvalidRequestException", "Invalid NextToken", AthenaErrorCode="INVALID_INPUT")
    first, last = int(token), int(token) + min(int(parameters.get("MaxResults") or most), most)
    answer: dict[str, Any] = {name: list(found[first:last])}
    return answer | ({"NextToken": str(last)} if last < len(found) else {})
