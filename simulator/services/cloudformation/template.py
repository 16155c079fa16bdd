"""A template as text, as nested values."""

from typing import Any

import yaml

from simulator.operations import AwsError

LONGEST = 51_200  # bytes of TemplateBody (API reference, CreateChangeSet)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions. Dates stay texts, as its versions are."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        # "Aliases" are among what CloudFormation's YAML does not take (user guide, "Template formats").
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not supported")
        return super().compose_node(parent, index)


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
        case _:
            raise yaml.YAMLError(f"!{suffix} takes no {node.tag}")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _function)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(body: str) -> dict[str, Any]:
    """Will read a template. Raises AwsError for one that is too long, no YAML, or has no resources."""
    if len(body.encode()) > LONGEST:
        raise AwsError("ValidationError", f"TemplateBody is longer than {LONGEST} bytes")
    try:
        template = yaml.load(body, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise AwsError("ValidationError", f"Template format error: {error}") from None
    if not isinstance(template, dict) or not template.get("Resources"):
        raise AwsError("ValidationError", "Template format error: At least one Resources member must be defined.")
    return template
