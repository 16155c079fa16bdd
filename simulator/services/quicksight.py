"""QuickSight: the addresses of embedded dashboards; moto keeps users and dashboards."""

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from moto.quicksight.models import quicksight_backends

from simulator.operations import AwsError, Context, operation

# API reference, GenerateEmbedUrlForRegisteredUser, SessionLifetimeInMinutes.
SHORTEST_MINUTES, LONGEST_MINUTES = 15, 600

Parameters = Mapping[str, Any]


@operation("quicksight", "GenerateEmbedUrlForRegisteredUser")
def _for_registered_user(parameters: Parameters, context: Context) -> dict[str, Any]:
    _check_session(parameters)
    users = quicksight_backends[context.account][context.region].users.values()
    if parameters["UserArn"] not in {one.arn for one in users}:
        raise AwsError("QuickSightUserNotFoundException", f"User {parameters['UserArn']} is not found")
    return _address(parameters, context)


@operation("quicksight", "GenerateEmbedUrlForAnonymousUser")
def _for_anonymous_user(parameters: Parameters, context: Context) -> dict[str, Any]:
    _check_session(parameters)
    dashboard = (parameters["ExperienceConfiguration"].get("Dashboard") or {}).get("InitialDashboardId", "")
    allowed = {one.rpartition("/")[2] for one in parameters["AuthorizedResourceArns"]}
    if dashboard and dashboard not in allowed:
        message = f"Dashboard {dashboard} is not among AuthorizedResourceArns"
        raise AwsError("InvalidParameterValueException", message)
    place = f"arn:aws:quicksight:{context.region}:{context.account}"
    user = f"{place}:anonymousUser/{parameters['Namespace']}/{uuid.uuid4().hex}"
    return {**_address(parameters, context), "AnonymousUserArn": user}


def _check_session(parameters: Parameters) -> None:
    minutes = int(parameters.get("SessionLifetimeInMinutes") or LONGEST_MINUTES)
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        message = f"SessionLifetimeInMinutes must be between {SHORTEST_MINUTES} and {LONGEST_MINUTES}"
        raise AwsError("SessionLifetimeInMinutesInvalidException", message)


def _address(parameters: Parameters, context: Context) -> dict[str, Any]:
    """An address is good for five minutes and one use; that isn't played, for nobody answers behind it."""
    experience = parameters["ExperienceConfiguration"]
    path = ""
    if "Dashboard" in experience:
        dashboard = experience["Dashboard"]["InitialDashboardId"]
        if dashboard not in _dashboards(context):
            raise AwsError("ResourceNotFoundException", f"Dashboard {dashboard} is not found")
        path = f"/dashboards/{dashboard}"
    host = f"https://{context.region}.quicksight.aws.amazon.com/embed/{secrets.token_hex(16)}"
    code = secrets.token_urlsafe(24)
    return {
        "EmbedUrl": f"{host}{path}?code={code}&identityprovider=quicksight&isauthcode=true",
        "Status": 200,
        "RequestId": str(uuid.uuid4()),
    }


def _dashboards(context: Context) -> set[str]:
    known = quicksight_backends[context.account][context.region].dashboards
    return {str(getattr(one, "id", "") or name).rpartition(":")[2] for name, one in known.items()} | set(known)
