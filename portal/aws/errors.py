"""What AWS's errors mean: a code, a sentence without keys, and whether trying again can help."""

from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name
    ConnectTimeoutError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from portal.aws.pace import Paced
from portal.aws.redaction import redact

# botocore's own list of what its standard retries take for throttling (botocore.retries.standard), and Route 53's.
THROTTLED = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled"),
        *("TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException"),
        *("SlowDown", "PriorRequestNotComplete", "EC2ThrottledException", "TransactionInProgressException"),
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
REFUSED = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Forbidden"),
        *("UnrecognizedClientException", "InvalidClientTokenId", "SignatureDoesNotMatch", "NotAuthorized"),
    }
)
BROKEN = frozenset({"InternalFailure", "InternalError", "InternalServerError", "ServerException", "ServiceUnavailable"})


@dataclass(frozen=True)
class Trouble:
    """`code` is AWS's own or botocore's; `sentence` says what happened, without its full stop."""

    code: str
    sentence: str
    is_permanent: bool
    is_throttled: bool = False
    # The answer was lost: the call may have been done, so only looking tells.
    is_in_doubt: bool = False


def trouble_of(error: Exception, *, doing: str) -> Trouble:
    """Will say what `error` means; `doing` is what was tried, as "CodeDeploy to continue d-ABC".

    Raises TypeError for an error that isn't botocore's.
    """
    if isinstance(error, ClientError):
        return _answered(error, doing)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Trouble("NoCredentials", f"There are no AWS credentials to ask {doing}", is_permanent=True)
    if isinstance(error, Paced):
        sentence = f"{str(error).rstrip('.')}; it is asked again by itself"
        return Trouble("Paced", sentence, is_permanent=False, is_throttled=True)
    if isinstance(error, ConnectTimeoutError):
        return Trouble("Unreachable", f"AWS could not be reached to ask {doing}", is_permanent=False)
    if isinstance(error, ReadTimeoutError | ConnectionError | HTTPClientError):
        sentence = f"AWS did not answer when the portal asked {doing}; whether it was done is being looked up"
        return Trouble("Unanswered", sentence, is_permanent=False, is_in_doubt=True)
    if isinstance(error, ParamValidationError):
        return Trouble("ParamValidation", f"{_first_line(error)} when asking {doing}", is_permanent=True)
    if isinstance(error, BotoCoreError):
        return Trouble(type(error).__name__, f"{_first_line(error)} when asking {doing}", is_permanent=False)
    raise TypeError(f"{type(error).__name__} is no error of botocore's.")


def _answered(error: ClientError, doing: str) -> Trouble:
    told = error.response.get("Error", {})
    code = str(told.get("Code", "Unknown"))
    said = redact(str(told.get("Message", "")) or "no reason given").strip().rstrip(".")
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in THROTTLED:
        sentence = f"AWS is being asked too often and refused {doing} for now ({code}); it is asked again by itself"
        return Trouble(code, sentence, is_permanent=False, is_throttled=True)
    if code in EXPIRED:
        return Trouble(code, f"The AWS session had expired when asking {doing}; a new one is taken", is_permanent=False)
    if code in REFUSED:
        sentence = f"AWS does not allow {doing} ({said}). Give the role this permission, then try again"
        return Trouble(code, sentence, is_permanent=True)
    if code in BROKEN or status >= 500:
        sentence = f"AWS had trouble of its own with {doing} ({code}: {said})"
        return Trouble(code, sentence, is_permanent=False, is_in_doubt=True)
    return Trouble(code, f"AWS refused {doing} ({code}: {said})", is_permanent=True)


def _first_line(error: Exception) -> str:
    return redact(str(error).strip().splitlines()[0].rstrip(".:"))
