"""The Lambda function that swaps the blue and green URLs: all visitors of one address go to the other side at once.

What it moves is told by its environment variables, what to do by its event.

Environment, for a load balancer: SWAP_LISTENER, the ARN of a listener or of a rule; SWAP_A and SWAP_B, the ARNs of the
sides' target groups; SWAP_TEST_LISTENER, optional, a listener that leads to the other side: then the blue and
the green URL change places. For a name in Route 53: SWAP_ZONE, the id of the hosted zone; SWAP_NAME; SWAP_TYPES, such
as "A,AAAA" (default "A"); SWAP_A and SWAP_B, the set identifiers of the sides' weighted records, which must exist.

Events and answers:
  {"look": true}     {"share_b": 0, "message": "", "settles_s": 0}. `share_b` is side b's share in whole per cent, null
                     where nothing leads to either side; visitors follow a swap after `settles_s` seconds.
  {"swap": "b"}      {"found": 0, "share_b": 100, "is_changed": true}. It may be said again: the side is absolute, and
                     nothing is called that changes anything where it has all visitors already.
  {"DeploymentId": "d-…", "LifecycleEventHookExecutionId": "…"}
                     CodeDeploy calls it as a lifecycle hook. It swaps to the side without visitors, once for each
                     deployment: which side that was is kept in a tag before anything moves, so an event that comes
                     again swaps nothing back. CodeDeploy is told Succeeded or Failed.

Packaging: `python infra/lambda/swap/package.py build/swap.zip`; the handler is handler.handle. Nothing but boto3 is
needed, which Lambda's Python has. CodeDeploy's own policies call only functions whose names begin CodeDeployHook_.
"""

import logging
import os
from typing import Any

import boto3

log = logging.getLogger()
log.setLevel(logging.INFO)

TAG = "verdigris:hook"
# Route 53's servers generally agree within this time (API reference, ChangeResourceRecordSets); an alias has no TTL of
# its own and is answered with 60 s (developer guide, "Values specific for weighted alias records").
IN_FORCE_S = 60
ALIAS_TTL_S = 60


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - as Lambda calls it
    """Will do what the event says. Raises ValueError for an event that says nothing known."""
    moves = Records() if os.environ.get("SWAP_ZONE") else Listener()
    if "LifecycleEventHookExecutionId" in event:
        return answer_hook(moves, event["DeploymentId"], event["LifecycleEventHookExecutionId"])
    if event.get("look"):
        share, message, settles_s = moves.look()
        return {"share_b": share, "message": message, "settles_s": settles_s}
    if event.get("swap") in ("a", "b"):
        return swap(moves, event["swap"])
    raise ValueError('The event is {"look": true}, {"swap": "a"}, {"swap": "b"} or CodeDeploy\'s.')


def swap(moves: "Listener | Records", side: str) -> dict[str, Any]:
    """Will give all visitors to `side`, unless it has them."""
    wanted = 100 if side == "b" else 0
    found = moves.look()[0]
    is_changed = moves.move(wanted)
    log.info("side %s was wanted, side b had %s %%: %s", side, found, "changed" if is_changed else "nothing to do")
    return {"found": found, "share_b": wanted, "is_changed": is_changed}


def answer_hook(moves: "Listener | Records", deployment: str, execution: str) -> dict[str, Any]:
    """Will swap for a deployment and tell CodeDeploy how it went."""
    try:
        done = swap(moves, _side_for(moves, deployment))
        status = "Succeeded"
    except Exception as error:
        # Whatever it is, CodeDeploy waits for an answer, for an hour.
        log.exception("the swap for %s failed", deployment)
        done = {"error": f"{type(error).__name__}: {error}"}
        status = "Failed"
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=deployment, lifecycleEventHookExecutionId=execution, status=status
    )
    return {**done, "status": status}


def _side_for(moves: "Listener | Records", deployment: str) -> str:
    """The side that this deployment goes to: as it was noted, or the one without visitors, which is noted first."""
    known, _, side = moves.read_tag().partition(" ")
    if known == deployment and side in ("a", "b"):
        return side
    share = moves.look()[0]
    if share not in (0, 100):
        raise ValueError(f"Side b has {share} % of the visitors, so neither side is the idle one.")
    side = "a" if share else "b"
    moves.write_tag(f"{deployment} {side}")
    return side


class Listener:
    """A load balancer's listener or rule, whose forward action has a weight for each side's target group."""

    def __init__(self) -> None:
        self.client = boto3.client("elbv2")
        self.arn = os.environ["SWAP_LISTENER"]
        self.test_arn = os.environ.get("SWAP_TEST_LISTENER", "")
        self.groups = (os.environ["SWAP_A"], os.environ["SWAP_B"])

    def look(self) -> tuple[int | None, str, int]:
        """Will give side b's share, what is odd, and how long visitors need to follow a swap."""
        return (*self._look(self.arn), 0)

    def move(self, share_b: int) -> bool:
        """Will set the weights, visitors first; False where they are so already."""
        is_changed = self._weigh(self.arn, share_b)
        return bool(self.test_arn and self._weigh(self.test_arn, 100 - share_b)) or is_changed

    def _look(self, arn: str) -> tuple[int | None, str]:
        groups = [group for action in self._actions(arn) for group in self._groups(action)]
        weights = {one["TargetGroupArn"]: one.get("Weight", 1) for one in groups}
        others = [group for group, weight in weights.items() if group not in self.groups and weight]
        return _share(weights, self.groups, has_others=bool(others))

    def _weigh(self, arn: str, share_b: int) -> bool:
        if self._look(arn) == (share_b, ""):
            return False
        pairs = zip(self.groups, (100 - share_b, share_b), strict=True)
        groups = [{"TargetGroupArn": group, "Weight": weight} for group, weight in pairs]
        weighted: dict[str, Any] = {"TargetGroups": groups}
        actions = self._actions(arn)
        for one in actions:
            if stickiness := one.get("ForwardConfig", {}).get("TargetGroupStickinessConfig"):
                weighted["TargetGroupStickinessConfig"] = stickiness
        kept = [one for one in actions if one["Type"].startswith(("authenticate", "jwt"))]
        for one in kept:
            if "AuthenticateOidcConfig" in one:
                # The load balancer keeps the secret that it never shows.
                one["AuthenticateOidcConfig"]["UseExistingClientSecret"] = True
        last = {"Type": "forward", "ForwardConfig": weighted, **({"Order": len(kept) + 1} if kept else {})}
        if ":listener-rule/" in arn:
            self.client.modify_rule(RuleArn=arn, Actions=[*kept, last])
        else:
            self.client.modify_listener(ListenerArn=arn, DefaultActions=[*kept, last])
        return True

    def read_tag(self) -> str:
        """Will give what was noted of the last hook."""
        tags = self.client.describe_tags(ResourceArns=[self.arn])["TagDescriptions"][0]["Tags"]
        return str({tag["Key"]: tag["Value"] for tag in tags}.get(TAG, ""))

    def write_tag(self, value: str) -> None:
        """Will note it."""
        self.client.add_tags(ResourceArns=[self.arn], Tags=[{"Key": TAG, "Value": value}])

    def _actions(self, arn: str) -> list[dict[str, Any]]:
        if ":listener-rule/" in arn:
            return list(self.client.describe_rules(RuleArns=[arn])["Rules"][0]["Actions"])
        return list(self.client.describe_listeners(ListenerArns=[arn])["Listeners"][0]["DefaultActions"])

    @staticmethod
    def _groups(action: dict[str, Any]) -> list[dict[str, Any]]:
        groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
        if not groups and "TargetGroupArn" in action:
            groups = [{"TargetGroupArn": action["TargetGroupArn"]}]
        return [{**groups[0], "Weight": 100}] if len(groups) == 1 else list(groups)


class Records:
    """The weighted records of a name, both sides of all types in one batch."""

    def __init__(self) -> None:
        self.client = boto3.client("route53")
        self.zone = os.environ["SWAP_ZONE"]
        self.name = os.environ["SWAP_NAME"].rstrip(".").lower()
        self.types = os.environ.get("SWAP_TYPES", "A").split(",")
        self.identifiers = (os.environ["SWAP_A"], os.environ["SWAP_B"])

    def look(self) -> tuple[int | None, str, int]:
        """Will give side b's share, what is odd, and how long visitors need to follow a swap."""
        records = self._records()
        settles_s = IN_FORCE_S + max((int(one.get("TTL", ALIAS_TTL_S)) for one in records), default=ALIAS_TTL_S)
        shares = set()
        odd = set()
        for kind in self.types:
            weights = {one.get("SetIdentifier", ""): one.get("Weight", 0) for one in records if one["Type"] == kind}
            share, message = _share(weights, self.identifiers, has_others=bool(set(weights) - set(self.identifiers)))
            shares.add(share)
            odd |= {message} - {""}
        if len(shares) > 1:
            odd.add("the record types disagree")
        # Neither 0 nor 100, so that whoever asks sees that a swap is to be said again.
        return (shares.pop() if len(shares) == 1 else 50), "; ".join(sorted(odd)), settles_s

    def move(self, share_b: int) -> bool:
        """Will write the weights; False where they are so already. Raises ValueError where a record is missing."""
        if self.look()[:2] == (share_b, ""):
            return False
        weights = dict(zip(self.identifiers, (100 - share_b, share_b), strict=True))
        mine = [one for one in self._records() if one.get("SetIdentifier") in weights]
        if len(mine) != 2 * len(self.types):
            raise ValueError(f"{self.name} needs a weighted record of each side for each of {', '.join(self.types)}.")
        changes = [
            {"Action": "UPSERT", "ResourceRecordSet": {**one, "Weight": weights[one["SetIdentifier"]]}} for one in mine
        ]
        self.client.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": changes})
        return True

    def read_tag(self) -> str:
        """Will give what was noted of the last hook."""
        tags = self.client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=self.zone)
        return str({tag["Key"]: tag["Value"] for tag in tags["ResourceTagSet"]["Tags"]}.get(self._key, ""))

    def write_tag(self, value: str) -> None:
        """Will note it."""
        self.client.change_tags_for_resource(
            ResourceType="hostedzone", ResourceId=self.zone, AddTags=[{"Key": self._key, "Value": value}]
        )

    @property
    def _key(self) -> str:
        return f"{TAG}:{self.name.replace('*', '_')}"[:128]

    def _records(self) -> list[dict[str, Any]]:
        page = self.client.list_resource_record_sets(
            HostedZoneId=self.zone, StartRecordName=self.name, StartRecordType=min(self.types)
        )
        return [
            one
            for one in page["ResourceRecordSets"]
            if one["Name"].replace("\\052", "*").rstrip(".") == self.name and one["Type"] in self.types
        ]


def _share(weights: dict[str, int], sides: tuple[str, str], *, has_others: bool) -> tuple[int | None, str]:
    a, b = (weights.get(side, 0) for side in sides)
    if not set(weights) & set(sides) or (a + b == 0 and has_others):
        return None, "it leads elsewhere" if weights else ""
    if a + b == 0:
        return 50, "all weights are 0, so both sides are as likely"
    exact = 100 * b / (a + b)
    share = round(exact) if exact in (0, 100) else min(99, max(1, round(exact)))
    odd = "it leads elsewhere, too" if has_others else ""
    return share, odd or ("" if a + b == 100 else f"the weights are {a} and {b}")
