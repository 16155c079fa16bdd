"""Where rules send events. Targets that moto lacks, by the service in their ARN; another service may add its own."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from jsonpath_ng.ext.parser import parse
from moto.events.utils import EventTemplateParser
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from simulator.operations import Context
from simulator.services import awslambda
from simulator.world import WORLD

log = logging.getLogger(__name__)
Target = Mapping[str, Any]
Event = Mapping[str, Any]
Deliver = Callable[[Target, Any, Context], None]


def send(target: Target, event: Event, context: Context) -> None:
    """Will hand the event, or what the target's input makes of it, to the target.

    A target that can't take it loses it: EventBridge tries for 24 hours, which is not simulated.
    """
    service = str(target["Arn"]).split(":")[2]
    deliver = _TARGETS.get(service)
    if deliver is None:
        log.warning("no event can be sent to %s", target["Arn"])
        return
    try:
        deliver(target, _shaped(target, event), context)
    except Exception as error:  # noqa: BLE001 - whatever a target refuses must not fail who published
        log.warning("the event %s did not reach %s: %s", event["id"], target["Arn"], error)


def deliver_to(service: str, deliver: Deliver) -> None:
    """Will send events for ARNs of `service` by `deliver(target, body, context)`."""
    _TARGETS[service] = deliver


def _shaped(target: Target, event: Event) -> Any:
    if "Input" in target:
        return json.loads(target["Input"])
    if "InputPath" in target:
        found = parse(target["InputPath"]).find(event)
        return found[0].value if found else None
    if transformer := target.get("InputTransformer"):
        timed: Any = {**event, "ingestion-time": event["time"]}
        return EventTemplateParser.parse(transformer["InputTemplate"], transformer.get("InputPathsMap", {}), timed)
    return event


def _to_queue(target: Target, body: Any, context: Context) -> None:
    _, _, _, region, account, queue = str(target["Arn"]).split(":")
    group = target.get("SqsParameters", {}).get("MessageGroupId")
    sqs_backends[account][region or context.region].send_message(queue, json.dumps(body), group_id=group)


def _to_topic(target: Target, body: Any, context: Context) -> None:  # noqa: ARG001 - one signature
    _, _, _, region, account, _ = str(target["Arn"]).split(":")
    sns_backends[account][region].topics[target["Arn"]].publish(json.dumps(body))


def _to_function(target: Target, body: Any, context: Context) -> None:
    WORLD.outside(lambda: _invoke(target["Arn"], body, context))


def _invoke(arn: str, body: Any, context: Context) -> None:
    awslambda.invoke(arn, body, context)


def _to_log_group(target: Target, body: Any, context: Context) -> None:
    group = str(target["Arn"]).split(":log-group:")[1].removesuffix(":*")
    logs = logs_backends[context.account][context.region]
    stream = str(body["id"]) if isinstance(body, Mapping) and "id" in body else "events"
    logs.create_log_stream(group, stream)
    line = {"timestamp": int(WORLD.now().timestamp() * 1000), "message": json.dumps(body)}
    # Past moto's own check, which compares with the machine's clock and drops what the account's future holds.
    logs.groups[group].streams[stream].put_log_events([line])


_TARGETS: dict[str, Deliver] = {"sqs": _to_queue, "sns": _to_topic, "lambda": _to_function, "logs": _to_log_group}
