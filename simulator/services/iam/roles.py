"""The policies of a role."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends

from simulator import policies


@dataclass(frozen=True)
class Held:
    """One policy that a role has, with the name and type by which SimulatePrincipalPolicy speaks of it."""

    id: str
    type: str
    document: policies.Document


def find(account: str, name: str) -> Any | None:
    """Will find moto's role by its name."""
    return next((one for one in iam_backends[account]["aws"].roles.values() if one.name == name), None)


def held_by(role: Any) -> Iterator[Held]:
    """Will give a role's inline and attached policies."""
    for name, document in role.policies.items():
        yield Held(name, "role", policies.read(document))
    for arn, policy in role.managed_policies.items():
        kind = "aws-managed" if ":iam::aws:" in arn else "user-managed"
        document = next(one.document for one in policy.versions if one.version_id == policy.default_version_id)
        yield Held(policy.name, kind, policies.read(document))
