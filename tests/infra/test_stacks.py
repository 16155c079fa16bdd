"""Every stack is created on the simulated account, and what it made is found by the services' own calls.

What is not created there: nothing of production.json and staging.json is left out. The parameters that those files
leave off are switched on in a test of their own. What can't be told from here stands in docs/aws.md.
"""

import json

import pytest

from simulator.services.cloudformation.making import KINDS
from tests.account import REGION
from tests.infra import policies, standing, templates

# Types of the templates that this account doesn't make, with the reason; docs/aws.md lists them too.
NOT_MADE = {
    "AWS::DataExchange::EventAction": "the account has no Data Exchange yet",
}
ACCOUNT = "123456789012"


@pytest.fixture
def production(account):
    names = {"HostedZone": standing.zone(account), "Certificate": standing.certificate(account)}
    return standing.Standing(account, standing.environment("production", **names))


@pytest.fixture
def staging(account):
    return standing.Standing(account, standing.environment("staging", Certificate=standing.certificate(account)))


def test_every_type_is_made_or_named():
    used = {one["Type"] for _, _, one in templates.resources()}
    assert used - KINDS.keys() - NOT_MADE.keys() == set()


def test_production_stands_and_is_found(production, account):
    outputs = production.up()
    _find_what_serves(account, outputs)
    _find_what_builds(account, outputs)
    _find_what_keeps(account, outputs)
    assert _without_fit(account) == {}
    _run_a_command(production, account)


def _run_a_command(production, account):
    production.deployer.run(["environment", "show", "covid-insights/production"], file="{}")
    (call,) = account.calls("ecs:RunTask")
    (override,) = call.parameters["overrides"]["containerOverrides"]
    words = "python manage.py environment show covid-insights/production"
    assert override["command"] == ["sh", "-c", f"printf %s e30= | base64 -d > /tmp/file && {words}"]
    assert call.is_effective


def _find_what_serves(account, outputs):
    (group,) = account.client("codedeploy").batch_get_deployment_groups(
        applicationName=outputs["Application"], deploymentGroupNames=[outputs["DeploymentGroup"]]
    )["deploymentGroupsInfo"]
    (pair,) = group["loadBalancerInfo"]["targetGroupPairInfoList"]
    assert pair["prodTrafficRoute"]["listenerArns"] == [outputs["ProductionListener"]]
    assert pair["testTrafficRoute"]["listenerArns"] == [outputs["TestListener"]]
    ready = group["blueGreenDeploymentConfiguration"]["deploymentReadyOption"]
    assert ready == {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 2880}
    assert {one["name"] for one in group["alarmConfiguration"]["alarms"]} == {
        f"verdigris-production-{name}" for name in ("errors-a", "errors-b", "slow")
    }
    (service,) = account.client("ecs").describe_services(cluster=outputs["Cluster"], services=[outputs["EcsService"]])[
        "services"
    ]
    assert (service["status"], service["deploymentController"]["type"]) == ("ACTIVE", "CODE_DEPLOY")
    listeners = account.client("elbv2").describe_listeners(LoadBalancerArn=outputs["LoadBalancer"])["Listeners"]
    assert {(one["Port"], one["Protocol"]) for one in listeners} == {(80, "HTTP"), (443, "HTTPS"), (8443, "HTTPS")}
    function = account.client("lambda").get_function_configuration(FunctionName=outputs["SwapFunction"])
    assert function["Environment"]["Variables"]["SWAP_LISTENER"] == outputs["ProductionListener"]
    zone = production_zone(account)
    records = account.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert ("insights.example.org.", "blue", 100) in {
        (one["Name"], one.get("SetIdentifier"), one.get("Weight")) for one in records
    }


def production_zone(account):
    (zone,) = account.client("route53").list_hosted_zones()["HostedZones"]
    return zone["Id"].rpartition("/")[2]


def _find_what_builds(account, outputs):
    pipeline = account.client("codepipeline").get_pipeline(name=outputs["Pipeline"])["pipeline"]
    assert [stage["name"] for stage in pipeline["stages"]] == ["Source", "Build", "Production"]
    (project,) = account.client("codebuild").batch_get_projects(names=[outputs["BuildProject"]])["projects"]
    variables = {one["name"]: one for one in project["environment"]["environmentVariables"]}
    assert variables["PORTAL_TOKEN"]["type"] == "SECRETS_MANAGER"
    (images,) = account.client("ecr").describe_repositories(repositoryNames=["covid-insights"])["repositories"]
    assert (images["imageTagMutability"], images["imageScanningConfiguration"]["scanOnPush"]) == ("IMMUTABLE", True)
    queue = account.client("sqs").get_queue_attributes(QueueUrl=outputs["NoticesQueue"], AttributeNames=["All"])
    assert json.loads(queue["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"].endswith("-notices-dead")
    for rule in ("pipeline", "build", "image", "deployment", "tasks"):
        targets = account.client("events").list_targets_by_rule(Rule=f"verdigris-production-notices-{rule}")
        assert [one["Arn"] for one in targets["Targets"]] == [queue["Attributes"]["QueueArn"]]


def _find_what_keeps(account, outputs):
    (database,) = account.client("rds").describe_db_instances()["DBInstances"]
    assert (database["StorageEncrypted"], database["MultiAZ"], database["DeletionProtection"]) == (True, True, True)
    secrets = account.client("secretsmanager")
    address = secrets.get_secret_value(SecretId=outputs["DatabaseUrl"])["SecretString"]
    assert address.startswith("postgres://portal:")
    assert database["Endpoint"]["Address"] in address
    assert "resolve" not in address
    assert secrets.get_secret_value(SecretId=outputs["RedisUrl"])["SecretString"].startswith("rediss://:")
    group = account.client("athena").get_work_group(WorkGroup=outputs["WorkGroup"])["WorkGroup"]
    assert group["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000_000
    assert account.client("glue").get_crawler(Name=outputs["Crawler"])["Crawler"]["DatabaseName"] == "covid"


def _without_fit(account):
    """Will list the statements of every role, as IAM has them, whose actions and resources don't belong together."""
    iam, wrong = account.client("iam"), {}
    for role in iam.list_roles()["Roles"]:
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
            for one in document["Statement"]:
                arns = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
                actions = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
                fit = policies.fit(actions, arns)
                if arns != ["*"] and (fit.lonely_actions or fit.lonely_resources):
                    wrong[role["RoleName"], one.get("Sid", name)] = fit
    return wrong


def test_staging_stands_and_ecs_moves_its_traffic(staging, account):
    outputs = staging.up()
    (service,) = account.client("ecs").describe_services(cluster=outputs["Cluster"], services=[outputs["EcsService"]])[
        "services"
    ]
    assert service["deploymentController"]["type"] == "ECS"
    assert service["deploymentConfiguration"]["strategy"] == "BLUE_GREEN"
    advanced = service["deployments"][0] if "loadBalancers" not in service else service["loadBalancers"][0]
    assert advanced["advancedConfiguration"]["productionListenerRule"] == outputs["ProductionRule"]
    assert "Application" not in outputs
    assert _without_fit(account) == {}


def test_notebooks_stand_beside_the_portal(account):
    names = {"HostedZone": standing.zone(account), "Certificate": standing.certificate(account)}
    stacks = ("network", "data", "analytics", "dashboards", "portal", "processes", "notebooks")
    outputs = standing.Standing(account, standing.environment("production", stacks=stacks, **names)).up()
    assert outputs["NotebooksAddress"] == "https://releases.example.org/jupyter/"
    rules = account.client("elbv2").describe_rules(ListenerArn=outputs["PortalListener"])["Rules"]
    paths = {
        value
        for rule in rules
        for condition in rule["Conditions"]
        if condition["Field"] == "path-pattern"
        for value in condition["PathPatternConfig"]["Values"]
    }
    assert paths == {"/events", "/events/*", "/jupyter", "/jupyter/*"}
    task = account.client("ecs").describe_task_definition(taskDefinition="verdigris-production-notebooks")
    (container,) = task["taskDefinition"]["containerDefinitions"]
    assert container["secrets"] == [{"name": "JUPYTER_TOKEN", "valueFrom": outputs["NotebooksToken"]}]
    groups = account.client("ec2").describe_security_groups(GroupIds=[outputs["PortalBalancerSecurityGroup"]])
    ranges = {
        one["CidrIp"] for rule in groups["SecurityGroups"][0]["IpPermissions"] for one in rule.get("IpRanges", [])
    }
    assert ranges >= {f"{outputs['NatAddressA']}/32", f"{outputs['NatAddressB']}/32"}
    assert _without_fit(account) == {}


def test_everything_else_that_may_be_switched_on_stands(account):
    parameters = {
        "HostedZone": standing.zone(account),
        "Certificate": standing.certificate(account),
        "GreenAddress": "other.elb.amazonaws.com",
        "GreenZone": "Z32O12XQLNTSW2",
        "MovesListener": "true",
        "ProtectsRecords": "true",
        "SwapBy": "RECORDS",
        "NoticesEndpoint": "https://releases.example.org/hooks/sns",
        "LakeBucket": "a-lake",
    }
    stacks = ("packages", "network", "balancer", "service", "names", "swap", "release", "notices")
    there = standing.Standing(account, standing.environment("production", stacks=stacks, **parameters))
    outputs = there.up()
    role = outputs["ReleaseRole"].rpartition("/")[2]
    names = account.client("iam").list_role_policies(RoleName=role)["PolicyNames"]
    assert {"codedeploy", "names", "protection", "listener", "sides", "swap"} <= set(names)
    assert outputs["NoticesTopic"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:verdigris-production-notices"
    assert _without_fit(account) == {}
