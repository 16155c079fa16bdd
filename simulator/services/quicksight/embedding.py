"""The addresses of embedded dashboards: each opens once, within five minutes, for a session of some minutes."""

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from simulator.operations import AwsError, Context, operation
from simulator.services.quicksight.account import SESSIONS, Parameters, Session, answered, of, refuse_standard
from simulator.services.quicksight.resources import is_shared
from simulator.world import WORLD

# API reference, GenerateEmbedUrlForRegisteredUser, SessionLifetimeInMinutes; its bounds are the model's.
DEFAULT_MINUTES = 600
MOST_DOMAINS = 3


@operation("quicksight", "GenerateEmbedUrlForRegisteredUser")
def _for_registered_user(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    user = parameters["UserArn"]
    if user not in {one["Arn"] for one in of(context).users.values()}:
        raise AwsError("QuickSightUserNotFoundException", f"User {user} is not found")
    id_ = parameters["ExperienceConfiguration"]["Dashboard"]["InitialDashboardId"]
    dashboard = of(context).resource("dashboard", id_)
    return _address(parameters, context, is_shared=is_shared(dashboard, user), tags={})


@operation("quicksight", "GenerateEmbedUrlForAnonymousUser")
def _for_anonymous_user(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    if not of(context).plan.has_capacity:
        message = "Anonymous embedding needs capacity pricing"
        raise AwsError("UnsupportedPricingPlanException", message)
    dashboard = parameters["ExperienceConfiguration"]["Dashboard"]["InitialDashboardId"]
    if dashboard not in {one.rpartition("/")[2] for one in parameters["AuthorizedResourceArns"]}:
        message = f"Dashboard {dashboard} is not among AuthorizedResourceArns"
        raise AwsError("InvalidParameterValueException", message)
    tags = {one["Key"]: one["Value"] for one in parameters.get("SessionTags") or ()}
    place = f"arn:aws:quicksight:{context.region}:{context.account}"
    user = f"{place}:anonymousUser/{parameters['Namespace']}/{uuid.uuid4().hex}"
    return {**_address(parameters, context, is_shared=True, tags=tags), "AnonymousUserArn": user}


def _address(parameters: Parameters, context: Context, *, is_shared: bool, tags: Mapping[str, str]) -> dict[str, Any]:
    minutes = int(parameters.get("SessionLifetimeInMinutes") or DEFAULT_MINUTES)
    # What the address brings takes the place of the account's own list (API reference, AllowedDomains).
    domains = tuple(parameters.get("AllowedDomains") or of(context).plan.domains)
    if len(domains) > MOST_DOMAINS:
        raise AwsError("InvalidParameterValueException", f"At most {MOST_DOMAINS} domains are allowed")
    id_ = parameters["ExperienceConfiguration"]["Dashboard"]["InitialDashboardId"]
    made = Session(
        id=secrets.token_hex(16),
        code=secrets.token_urlsafe(24),
        dashboard=of(context).resource("dashboard", id_),
        is_shared=is_shared,
        domains=domains,
        tags=tags,
        minutes=minutes,
        made_at=WORLD.now(),
    )
    SESSIONS[made.id] = made
    host = f"https://{context.region}.quicksight.aws.amazon.com"
    query = f"code={made.code}&identityprovider=quicksight&isauthcode=true"
    return answered(EmbedUrl=f"{host}/embed/{made.id}/dashboards/{id_}?{query}")
