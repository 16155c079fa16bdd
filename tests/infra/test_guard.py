"""CloudFormation Guard, with rules of our own (infra/rules), has nothing to say against any template."""

import copy

import pytest

from tests.infra import templates

cfn_guard_rs = pytest.importorskip("cfn_guard_rs", reason="CloudFormation Guard has no wheel for this Python")
RULES = sorted((templates.INFRA / "rules").glob("*.guard"))


def failed(template: dict, rules: str) -> set[str]:
    """Will name the rules that a template breaks."""
    return {one.Rule.name for one in cfn_guard_rs.run_checks(template, rules).not_compliant}


@pytest.mark.parametrize("name", templates.NAMES)
@pytest.mark.parametrize("rules", RULES, ids=lambda path: path.stem)
def test_no_template_breaks_a_rule(name, rules):
    assert failed(templates.read(name), rules.read_text()) == set()


STATEMENT = ("Properties", "PolicyDocument", "Statement", 0)
TRUST = ("Properties", "AssumeRolePolicyDocument", "Statement", 0)
PLANTED = [
    ("release", ("SwapPolicy", *STATEMENT, "Action"), "lambda:*", "more_policies_name_actions"),
    ("release", ("SwapPolicy", *STATEMENT, "Action"), ["lambda:ListTags", "lambda:*"], "more_policies_name_actions"),
    ("release", ("ReleaseRole", *TRUST, "Condition"), {}, "roles_are_taken_by_somebody_named"),
    ("release", ("ReleaseRole", *TRUST, "Principal"), {"AWS": "*"}, "roles_are_taken_by_somebody_named"),
    ("release", ("ReleaseRole", *TRUST, "Principal"), "*", "roles_are_taken_by_somebody_named"),
    (
        "release",
        ("ReleaseRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Action"),
        "*",
        "policies_name_actions",
    ),
    (
        "network",
        ("BalancerSecurityGroup", "Properties", "SecurityGroupIngress", 0, "CidrIp"),
        "0.0.0.0/0",
        "nobody_comes_in_from_everywhere",
    ),
    (
        "service",
        ("TaskDefinition", "Properties", "ContainerDefinitions", 0, "Environment", 0, "Name"),
        "PORTAL_SECRET_KEY",
        "tasks_keep_secrets_out_of_their_environment",
    ),
    ("balancer", ("ProductionListener", "Properties", "Protocol"), "HTTP", "listeners_speak_tls"),
    (
        "balancer",
        ("LoadBalancer", "Properties", "LoadBalancerAttributes", 0, "Value"),
        "false",
        "balancers_are_kept",
    ),
    (
        "analytics",
        ("LakeBucket", "Properties", "PublicAccessBlockConfiguration", "BlockPublicAcls"),
        False,
        "buckets_are_private_and_encrypted",
    ),
    ("data", ("Database", "Properties", "StorageEncrypted"), False, "databases_are_encrypted_and_inside"),
    ("data", ("Cache", "Properties", "TransitEncryptionEnabled"), False, "caches_are_encrypted"),
    ("notices", ("Notices", "Properties", "SqsManagedSseEnabled"), False, "queues_are_encrypted"),
    (
        "pipeline",
        ("ImageRepository", "Properties", "ImageTagMutability"),
        "MUTABLE",
        "images_never_change_and_are_scanned",
    ),
    (
        "analytics",
        ("WorkGroup", "Properties", "WorkGroupConfiguration", "EnforceWorkGroupConfiguration"),
        False,
        "queries_have_a_limit",
    ),
    (
        "processes",
        ("Web", "Properties", "NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"),
        "ENABLED",
        "tasks_are_inside",
    ),
]


@pytest.mark.parametrize(("name", "path", "value", "rule"), PLANTED, ids=lambda one: str(one)[:40])
def test_a_planted_mistake_is_found(name, path, value, rule):
    template = copy.deepcopy(templates.read(name))
    place = template["Resources"]
    for step in path[:-1]:
        place = place[step]
    assert path[-1] in place if isinstance(place, dict) else True
    place[path[-1]] = value
    assert rule in {one for rules in RULES for one in failed(template, rules.read_text())}
