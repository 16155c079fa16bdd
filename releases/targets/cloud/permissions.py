"""Asks IAM, before anything depends on it, whether the portal's role may do what a promotion will need."""

from collections.abc import Collection, Mapping

from portal.aws import Clients
from releases.rules.foresight import Finding
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told

ACTIONS = frozenset({"iam:GetRole", "iam:SimulatePrincipalPolicy"})


def finding(clients: Clients, needed: Mapping[str, Collection[str]]) -> Finding:
    """Will say whether the caller's role is allowed `needed`: actions by the ARN of what they act on.

    A role that may not ask, or a caller that is no role, is told of and stands in nobody's way: the call itself will
    say.
    """
    try:
        denied = _denied(clients, needed)
    except TargetError as error:
        return Finding("permissions", f"{error.message}", is_good=False, is_blocking=False)
    if denied:
        told_of = ", ".join(sorted(denied))
        return Finding("permissions", f"The portal's role is not allowed {told_of}", is_good=False)
    count = sum(map(len, needed.values()))
    return Finding("permissions", f"The portal's role is allowed all {count} actions that this needs", is_good=True)


def _denied(clients: Clients, needed: Mapping[str, Collection[str]]) -> set[str]:
    role = _role(clients)
    iam = clients("iam")
    denied = set()
    for resource, actions in needed.items():
        with told(f"IAM what {role.rpartition('/')[2]} may do"):
            answer = iam.simulate_principal_policy(
                PolicySourceArn=role, ActionNames=sorted(actions), ResourceArns=[resource]
            )
        results = answer["EvaluationResults"]
        denied |= {one["EvalActionName"] for one in results if one["EvalDecision"] != "allowed"}
    return denied


def _role(clients: Clients) -> str:
    """The ARN of the role behind the session. A session's own ARN leaves the role's path out, so IAM is asked."""
    with told("STS who is asking"):
        caller = clients("sts").get_caller_identity()["Arn"]
    kind, _, rest = caller.rpartition(":")[2].partition("/")
    if kind != "assumed-role":
        sentence = "Permissions can't be looked up, for the portal does not act by a role here"
        raise TargetError("no-role", sentence, permanent=True)
    name = rest.partition("/")[0]
    with told(f"IAM about the role {name}"):
        return str(clients("iam").get_role(RoleName=name)["Role"]["Arn"])
