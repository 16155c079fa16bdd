"""The stage that the other tests release on."""

from simulator import stage
from tests.account import Account


def test_a_service_that_codedeploy_deploys_stands(account: Account) -> None:
    built = stage.build(account.hand)

    service = account.client("ecs").describe_services(cluster=built.ground.cluster, services=[built.service])
    group = account.client("codedeploy").get_deployment_group(
        applicationName=built.application, deploymentGroupName=built.group
    )

    assert service["services"][0]["deploymentController"] == {"type": "CODE_DEPLOY"}
    assert service["services"][0]["taskDefinition"] == built.task_definition
    assert group["deploymentGroupInfo"]["ecsServices"] == [{"serviceName": built.service, "clusterName": built.service}]


def test_the_images_differ_by_digest(account: Account) -> None:
    ground = stage.build(account.hand).ground

    images = account.client("ecr").describe_images(repositoryName=ground.name)["imageDetails"]

    assert {one["imageTags"][0]: one["imageDigest"] for one in images} == ground.digests
    assert len(set(ground.digests.values())) == len(stage.VERSIONS)
    assert ground.image("1.1.0").endswith(ground.digests["1.1.0"])


def test_a_service_that_ecs_deploys_stands_beside_it(account: Account) -> None:
    stage.build(account.hand)
    built = stage.build_native(account.hand, bakeTimeInMinutes=5)

    service = account.client("ecs").describe_services(cluster=built.ground.cluster, services=[built.service])
    rule = account.client("elbv2").describe_rules(RuleArns=[built.production_rule])["Rules"][0]

    assert service["services"][0]["taskDefinition"] == built.task_definition
    assert [one["Weight"] for one in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]] == [100, 0]
    assert built.target_config["strategy"] == "BLUE_GREEN"
