"""What a template's functions come to, once its parameters and the resources before are known."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.operations import AwsError

NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{(!?)([A-Za-z0-9:.]+)\}")
_SECRET = re.compile(r"\{\{resolve:secretsmanager:([^}]+?):SecretString\}\}")


@dataclass
class Values:
    """`names` are parameters and pseudo parameters, `attribute` asks a made resource, "" for its own id."""

    names: Mapping[str, Any]
    conditions: Mapping[str, Any]
    attribute: Callable[[str, str], Any]
    secret: Callable[[str], str]
    zones: Sequence[str]
    known: dict[str, bool] = field(default_factory=dict)

    def of(self, value: Any) -> Any:
        """Will resolve a value and everything in it. Raises AwsError for a function or name that isn't known."""
        match value:
            case {"Ref": str(name)} if len(value) == 1:
                return self._ref(name)
            case {"Condition": str(name)} if len(value) == 1:
                return self.holds(name)
            case dict() if len(value) == 1 and str(next(iter(value))).startswith("Fn::"):
                ((name, argument),) = value.items()
                return self._function(str(name).removeprefix("Fn::"), argument)
            case dict():
                found = {key: self.of(one) for key, one in value.items()}
                return {key: one for key, one in found.items() if one is not NO_VALUE}
            case list():
                return [one for one in map(self.of, value) if one is not NO_VALUE]
            case str():
                return _SECRET.sub(lambda match: self.secret(match[1]), value)
        return value

    def holds(self, name: str) -> bool:
        """Will tell whether the condition `name` holds."""
        if name not in self.conditions:
            raise AwsError("ValidationError", f"Template error: condition {name} is not defined")
        if name not in self.known:
            self.known[name] = bool(self.of(self.conditions[name]))
        return self.known[name]

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.names[name] if name in self.names else self.attribute(name, "")

    def _function(self, name: str, argument: Any) -> Any:
        if name == "If":
            return self.of(argument[1] if self.holds(argument[0]) else argument[2])
        if name == "Sub":
            return self._sub(argument)
        if name == "GetAtt":
            return self.attribute(*argument)
        plain = _PLAIN.get(name)
        if plain is not None:
            return plain(self.of(argument))
        if name == "GetAZs":
            return list(self.zones)
        raise AwsError("ValidationError", f"Template error: the simulator knows no Fn::{name}")

    def _sub(self, argument: Any) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        mine = {name: self.of(value) for name, value in given.items()}

        def put(match: re.Match[str]) -> str:
            is_literal, name = match.groups()
            if is_literal:
                return f"${{{name}}}"
            if name in mine:
                return str(mine[name])
            resource, _, attribute = name.partition(".")
            return str(self.attribute(resource, attribute) if attribute else self._ref(name))

        return str(self.of(_VARIABLE.sub(put, text)))


def _cidr(argument: Any) -> list[str]:
    block, count, bits = argument
    network = ipaddress.ip_network(block)
    subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits))
    return [str(next(subnets)) for _ in range(int(count))]


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "Equals": lambda pair: str(pair[0]) == str(pair[1]),
    "Not": lambda one: not one[0],
    "And": all,
    "Or": any,
    "Join": lambda pair: pair[0].join(map(str, pair[1])),
    "Split": lambda pair: pair[1].split(pair[0]),
    "Select": lambda pair: pair[1][int(pair[0])],
    "Cidr": _cidr,
}


def names_in(value: Any) -> Iterator[str]:
    """Will list the names that a value speaks of: what must be made before it."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [name, *_]}:
            yield name
        case {"Fn::Sub": argument}:
            text, given = (argument, {}) if isinstance(argument, str) else argument
            yield from (match[2].partition(".")[0] for match in _VARIABLE.finditer(text) if not match[1])
            yield from names_in(given)
        case dict():
            for one in value.values():
                yield from names_in(one)
        case list():
            for one in value:
                yield from names_in(one)
