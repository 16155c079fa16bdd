"""How a resource of a template is made: the properties of its type as the parameters of the service's own call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.model import ListShape, MapShape, Shape, StructureShape

from simulator.operations import AwsError
from simulator.world import WORLD

Properties = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """Where a stack is made."""

    number: str
    region: str

    def client(self, service: str) -> Any:
        """Will give a client that asks the simulated account over HTTP, as a person's would."""
        return _client(service, self.region, WORLD.address)


@cache
def _client(service: str, region: str, address: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=address,
        aws_access_key_id="AKIACLOUDFORMATION00",
        aws_secret_access_key="simulated",  # noqa: S106 - nothing checks it
    )


@dataclass
class Made:
    """A resource that there is: what was wanted, what the service answered, and what Ref and GetAtt give."""

    name: str
    type: str
    properties: Properties
    account: Account
    answer: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


Change = Callable[[Properties, Account], Properties]
Look = Callable[[Made], Any]


@dataclass(frozen=True)
class Kind:
    """How a type is made. `change` turns properties into the call's, `after` does what takes further calls.

    `apart` are the properties that `after` sees to. `is_put` is a call that also changes what there is.
    """

    service: str
    call: str
    id: Look
    attributes: Mapping[str, Look] = field(default_factory=dict)
    change: Change = lambda properties, _: properties
    after: Callable[[Made], None] = lambda _: None
    apart: frozenset[str] = frozenset()
    is_put: bool = False


KINDS: dict[str, Kind] = {}
# What no stack of ours is found or told apart by; the calls that would keep them differ in every service.
LEFT_OUT = frozenset({"Tags", "HealthCheckTags"})


def make(name: str, type_: str, properties: Properties, account: Account) -> Made:
    """Will make a resource. Raises AwsError for a type or property that isn't known; ClientError as the service."""
    if type_ not in KINDS:
        raise AwsError("ValidationError", f"The simulator makes no {type_}")
    kind = KINDS[type_]
    made = Made(name, type_, properties, account)
    client = account.client(kind.service)
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[kind.call])
    wanted = {key: one for key, one in properties.items() if key not in kind.apart | LEFT_OUT}
    wanted = kind.change(wanted, account)
    made.answer = getattr(client, kind.call)(**_fitted(model.input_shape, wanted, type_))
    made.id = str(kind.id(made))
    kind.after(made)
    made.attributes = {key: look(made) for key, look in kind.attributes.items()}
    return made


def _fitted(shape: Shape, value: Any, where: str) -> Any:
    """Will give `value` as the call's shape has it: members by their names without case, numbers as numbers."""
    if isinstance(shape, StructureShape):
        names = {member.lower(): member for member in shape.members}
        unknown = [name for name in value if name.lower() not in names]
        if unknown:
            raise AwsError("ValidationError", f"{where}: Encountered unsupported property {', '.join(unknown)}")
        return {
            names[name.lower()]: _fitted(shape.members[names[name.lower()]], one, f"{where}.{name}")
            for name, one in value.items()
        }
    if isinstance(shape, ListShape):
        return [_fitted(shape.member, one, where) for one in (value if isinstance(value, list) else [value])]
    if isinstance(shape, MapShape):
        return {str(key): _fitted(shape.value, one, where) for key, one in value.items()}
    return _CASTS.get(shape.type_name, lambda one: one)(value)


_CASTS: Mapping[str, Callable[[Any], Any]] = {
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "string": lambda one: str(one).lower() if isinstance(one, bool) else str(one),
    "boolean": lambda one: str(one).lower() == "true",
}
