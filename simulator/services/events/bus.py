"""The buses: moto keeps them with their rules and patterns; events pass through here."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.events.models import events_backends

from simulator import control
from simulator.operations import AwsError, Context, operation
from simulator.services.events import targets
from simulator.services.events.disturbances import carry
from simulator.world import WORLD

# EventBridge user guide, "PutEvents": at most 10 entries, of at most 1 MB together.
MOST_ENTRIES = 10


def publish(
    source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str], context: Context
) -> None:
    """Will put an event of an AWS service on the caller's default bus, if nothing disturbs it on the way."""
    _put("default", _event(source, detail_type, detail, resources, context), context)


def _event(
    source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str], context: Context
) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": context.account,
        "time": WORLD.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": context.region,
        "resources": list(resources),
        "detail": json.loads(json.dumps(detail)),
    }


def _put(bus: str, event: dict[str, Any], context: Context) -> None:
    carry(event, lambda: _offer(bus, event, context))


def _offer(bus: str, event: dict[str, Any], context: Context) -> None:
    """Will send the event by every enabled rule that it matches."""
    backend = events_backends[context.account][context.region]
    for rule in list(backend.describe_event_bus(bus).rules.values()):
        if rule.state != "ENABLED" or not rule.event_pattern.get_pattern():
            continue
        if rule.event_pattern.matches_event(event):  # type: ignore[arg-type]
            for target in list(rule.targets):
                targets.send(target, event, context)


@operation("events", "PutEvents")
def _put_events(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    entries = parameters["Entries"]
    if len(entries) > MOST_ENTRIES:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value at 'entries' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_ENTRIES}",
        )
    answers = [_put_entry(entry, context) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in one for one in answers), "Entries": answers}


def _put_entry(entry: Mapping[str, Any], context: Context) -> dict[str, Any]:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    if str(entry["Source"]).startswith("aws."):
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    event = _event(entry["Source"], entry["DetailType"], detail, entry.get("Resources", []), context)
    if moment := entry.get("Time"):
        event["time"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    _put(str(entry.get("EventBusName") or "default").rsplit("/", 1)[-1], event, context)
    return {"EventId": event["id"]}


def _to_bus(target: Mapping[str, Any], body: Any, context: Context) -> None:
    """Will pass the event on as it is; moto knows one more kind of events target, the archive, which is not kept."""
    _, _, _, region, account, bus = str(target["Arn"]).split(":")
    _offer(bus.removeprefix("event-bus/"), dict(body), replace(context, region=region, account=account))


targets.deliver_to("events", _to_bus)


def _control(body: control.Body) -> Any:
    """An event as a service would send it: {"source", "detail-type", "detail", "resources", "region"}."""
    context = Context(str(body.get("account", DEFAULT_ACCOUNT_ID)), str(body["region"]), "")
    with WORLD.lock:
        publish(body["source"], body["detail-type"], body["detail"], body.get("resources", []), context)
    return {}


control.register("events/publish", _control)
