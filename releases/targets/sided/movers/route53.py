"""Weighted answers of Route 53: who resolves the name gets one side or the other.

A change is in force when Route 53 says INSYNC, and visitors follow it when the answers that they still hold have
aged out. What a resolver that disregards the TTL does is beyond anybody's knowledge.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from portal.aws import Clients, code_of
from releases.rules.foresight import Finding, PlannedCall
from releases.targets.base import TargetError
from releases.targets.cloud import permissions
from releases.targets.cloud.calls import told
from releases.targets.sided.config import Route53Config
from releases.targets.sided.movers import records
from releases.targets.sided.movers.base import Traffic
from releases.targets.sided.note import Side, share_b

CHANGES = frozenset({"route53:ChangeResourceRecordSets", "route53:ChangeTagsForResource"})
ACTIONS = CHANGES | {"route53:ListResourceRecordSets", "route53:GetChange", "route53:ListTagsForResource"}
# Only where the environment holds protections.
PROTECTION_ACTIONS = frozenset(
    {
        "route53:ListResourceRecordSetProtections",
        "route53:CreateResourceRecordSetProtections",
        "route53:DeleteResourceRecordSetProtections",
    }
)
# "Changes generally propagate to all Route 53 name servers within 60 seconds" (API reference, GetChange).
IN_FORCE_S = 60.0
LONGEST_KEY = 128


@dataclass(frozen=True)
class Route53:
    """The records of one name."""

    config: Route53Config
    clients: Clients
    weights: tuple[int, ...] = ()
    # Route 53 answers ten requests a second for a whole account, and one look takes three or more.
    look_every_s: float = 10.0

    @property
    def slowest_s(self) -> float:
        return IN_FORCE_S + self.config.memory_s

    def read_note(self) -> str:
        """Will read the tag of the hosted zone that is this name's."""
        with told(f"Route 53 for the tags of {self._zone}"):
            answer = self._client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=self.config.zone_id)
        tags = {tag["Key"]: tag["Value"] for tag in answer["ResourceTagSet"]["Tags"]}
        return str(tags.get(self._key, ""))

    def write_note(self, text: str) -> None:
        """Will write the tag; a zone holds at most ten, one for each name that is moved."""
        with told(f"Route 53 to tag {self._zone}"):
            self._client.change_tags_for_resource(
                ResourceType="hostedzone",
                ResourceId=self.config.zone_id,
                AddTags=[{"Key": self._key, "Value": text}],
            )

    def look(self) -> Traffic:
        """Will say what the records give side b."""
        found = self._records()
        reads = [records.read(self.config, found, kind) for kind in self.config.types]
        odd = [oddity for read in reads for oddity in read.oddities]
        shares = tuple(read.share_b for read in reads if read.share_b is not None)
        if len(set(shares)) > 1 or len(shares) not in {0, len(reads)}:
            said = ", ".join(f"{kind}: {read.share_b}" for kind, read in zip(self.config.types, reads, strict=True))
            odd.append(f"the types disagree on side b's share ({said})")
        if not odd and shares and not records.are_there(found, records.wanted(self.config, shares[0])):
            odd.append("the records are not those of the configuration")
        message = f"{self.config.name}: {'; '.join(odd)}" if odd else ""
        return Traffic(shares, message, IN_FORCE_S, self.config.memory_s)

    def move(self, share_b: int) -> str:
        """Will write both sides' records in one batch, weights (100 - share, share), unless they are so already.

        A protection is lifted for it and put back, also one that a crash left lifted.
        """
        wanted = records.wanted(self.config, share_b)
        if records.are_there(self._records(), wanted):
            self._protect()
            return ""
        with (
            self._unprotected(),
            told(f"Route 53 to give {self.config.name} the weights {100 - share_b} and {share_b}"),
        ):
            answer = self._client.change_resource_record_sets(
                HostedZoneId=self.config.zone_id,
                ChangeBatch=records.batch(wanted, f"Verdigris: {self.config.name}, side b {share_b} %"),
            )
        return str(answer["ChangeInfo"]["Id"]).rpartition("/")[2]

    def is_in_force(self, change: str) -> bool:
        """Will ask whether all of Route 53's servers answer so."""
        with told(f"Route 53 for change {change}"):
            answer = self._client.get_change(Id=change)
        return bool(answer["ChangeInfo"]["Status"] == "INSYNC")

    def foresee(self, green: Side, weights: Sequence[int]) -> tuple[tuple[PlannedCall, ...], tuple[Finding, ...]]:
        """Will list a batch for each weight, and look for what Route 53 would refuse."""
        calls = tuple(self._planned(green, weight) for weight in weights)
        needed = CHANGES | (PROTECTION_ACTIONS if self.config.is_protected else frozenset())
        zone = f"arn:aws:route53:::hostedzone/{self.config.zone_id}"
        return calls, (self._clear(), *self._guarded(), permissions.finding(self.clients, {zone: needed}))

    def _planned(self, green: Side, weight: int) -> PlannedCall:
        given = share_b(green, weight)
        a, b = (self.config.answers[side].identifier for side in Side)
        what = f"{self.config.name} {'/'.join(self.config.types)}: {a} {100 - given}, {b} {given}"
        return PlannedCall("route53:ChangeResourceRecordSets", what)

    def _clear(self) -> Finding:
        seen = self.look()
        what = seen.message or f"{self.config.name} has the two sides' records and no others"
        return Finding("records", what, is_good=not seen.message)

    def _guarded(self) -> tuple[Finding, ...]:
        try:
            held = self._protected()
        except TargetError as error:
            if self.config.is_protected:
                raise
            # Who holds no protections need not be allowed to read them.
            what = f"Whether {self.config.name} is protected could not be checked: {error.message}"
            return (Finding("protection", what, is_good=False, is_blocking=False),)
        if self.config.is_protected:
            what = "are protected; the portal lifts that for its own change" if held else "are not protected just now"
            return (Finding("protection", f"The records of {self.config.name} {what}", bool(held), is_blocking=False),)
        if held:
            what = f"Somebody protects the records of {self.config.name}, so Route 53 would refuse to move them"
            return (Finding("protection", what, is_good=False),)
        return (Finding("protection", f"Nobody protects the records of {self.config.name}", is_good=True),)

    def _records(self) -> Sequence[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        start: dict[str, str] = {"StartRecordName": self.config.name}
        while start:
            with told(f"Route 53 for the records of {self.config.name}"):
                page = self._client.list_resource_record_sets(HostedZoneId=self.config.zone_id, MaxItems="300", **start)
            mine = [one for one in page["ResourceRecordSets"] if records.name_of(one["Name"]) == self.config.name]
            found += mine
            start = _next_page(page) if mine and page["IsTruncated"] else {}
        return found

    @contextmanager
    def _unprotected(self) -> Iterator[None]:
        if not self.config.is_protected:
            yield
            return
        held = self._protected()
        if held:
            with told(f"Route 53 to lift the protection of {self.config.name}"):
                self._client.delete_resource_record_set_protections(
                    HostedZoneId=self.config.zone_id, Protections=self._protections(held)
                )
        try:
            yield
        finally:
            self._protect()

    def _protect(self) -> None:
        if not self.config.is_protected:
            return
        missing = [kind for kind in self.config.types if kind not in self._protected()]
        if not missing:
            return
        with told(f"Route 53 to protect {self.config.name}"):
            try:
                self._client.create_resource_record_set_protections(
                    HostedZoneId=self.config.zone_id, Protections=self._protections(missing)
                )
            except ClientError as error:
                if code_of(error) != "ProtectionAlreadyExists":
                    raise

    def _protected(self) -> Sequence[str]:
        """The types of this name that are protected now, by whomever."""
        with told(f"Route 53 for the protections of {self.config.name}"):
            pages = self._client.get_paginator("list_resource_record_set_protections").paginate(
                HostedZoneId=self.config.zone_id
            )
            held = [one for page in pages for one in page["ResourceRecordSetProtections"]]
        mine = {one["RecordType"] for one in held if records.name_of(one["RecordName"]) == self.config.name}
        return [kind for kind in self.config.types if kind in mine]

    def _protections(self, kinds: Sequence[str]) -> list[dict[str, str]]:
        return [{"RecordName": self.config.name, "RecordType": kind} for kind in kinds]

    @property
    def _client(self) -> Any:
        return self.clients("route53")

    @property
    def _zone(self) -> str:
        return f"hosted zone {self.config.zone_id}"

    @property
    def _key(self) -> str:
        key = f"verdigris:{self.config.name.replace('*', '_')}"
        return key if len(key) <= LONGEST_KEY else f"verdigris:{hashlib.sha256(key.encode()).hexdigest()}"


def _next_page(page: Mapping[str, Any]) -> dict[str, str]:
    names = {"StartRecordName": "NextRecordName", "StartRecordType": "NextRecordType"}
    names["StartRecordIdentifier"] = "NextRecordIdentifier"
    return {name: page[key] for name, key in names.items() if page.get(key)}
