"""What stands under any service: network, load balancer, cluster, roles and images."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Client = Callable[[str], Any]

VERSIONS = ("1.0.0", "1.1.0", "1.2.0-bad")
PORT = 8000
PRODUCTION_PORT = 80
TEST_PORT = 8080


@dataclass(frozen=True)
class Ground:
    """What stands under any service: network, load balancer, cluster, roles and images.

    `digests` gives the image's digest by version; `green_target_group` is the one without traffic at first.
    """

    name: str
    region: str
    account: str
    vpc: str
    subnets: tuple[str, ...]
    security_group: str
    load_balancer: str
    load_balancer_name: str
    load_balancer_zone: str
    production_listener: str
    test_listener: str
    blue_target_group: str
    green_target_group: str
    cluster: str
    repository: str
    digests: Mapping[str, str]
    log_group: str
    execution_role: str
    task_role: str
    codedeploy_role: str
    infrastructure_role: str

    def image(self, version: str) -> str:
        """Will name the image of `version` by its digest."""
        return f"{self.repository}@{self.digests[version]}"

    @property
    def target_groups(self) -> tuple[str, str]:
        """Blue's and green's target groups, as they are called."""
        return f"{self.name}-a", f"{self.name}-b"

    @property
    def preview_url(self) -> str:
        """Where the test listener answers."""
        return f"http://{self.load_balancer_name}:{TEST_PORT}/"


def lay(client: Client, name: str) -> Ground:
    """Will build what stands under a service called `name`."""
    ecs = client("ecs")
    network: dict[str, Any] = _build_network(client, name)
    roles: dict[str, Any] = _create_roles(client("iam"), name)
    ecs.create_cluster(clusterName=name, capacityProviders=["FARGATE"])
    client("logs").create_log_group(logGroupName=f"/ecs/{name}")
    repository, digests = _push_images(client("ecr"), name)
    account = client("sts").get_caller_identity()["Account"]
    return Ground(
        name=name,
        region=ecs.meta.region_name,
        account=account,
        cluster=name,
        repository=repository,
        digests=digests,
        log_group=f"/ecs/{name}",
        **network,
        **roles,
    )


def _build_network(client: Client, name: str) -> dict[str, Any]:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{ec2.meta.region_name}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for n, zone in enumerate("ab")
    )
    security_group = ec2.create_security_group(GroupName=name, Description=f"Tasks of {name}", VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(Name=name, Subnets=list(subnets), SecurityGroups=[security_group])[
        "LoadBalancers"
    ][0]
    blue, green = (_create_target_group(elb, f"{name}-{side}", vpc) for side in "ab")
    return {
        "vpc": vpc,
        "subnets": subnets,
        "security_group": security_group,
        "load_balancer": balancer["LoadBalancerArn"],
        "load_balancer_name": balancer["DNSName"],
        "load_balancer_zone": balancer["CanonicalHostedZoneId"],
        "production_listener": _create_listener(elb, balancer["LoadBalancerArn"], PRODUCTION_PORT, blue),
        "test_listener": _create_listener(elb, balancer["LoadBalancerArn"], TEST_PORT, blue),
        "blue_target_group": blue,
        "green_target_group": green,
    }


def _create_target_group(elb: Any, name: str, vpc: str) -> str:
    answer = elb.create_target_group(
        Name=name, Protocol="HTTP", Port=PORT, VpcId=vpc, TargetType="ip", HealthCheckPath="/healthz"
    )
    return str(answer["TargetGroups"][0]["TargetGroupArn"])


def _create_listener(elb: Any, balancer: str, port: int, target_group: str) -> str:
    answer = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=port,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
    return str(answer["Listeners"][0]["ListenerArn"])


def _push_images(ecr: Any, name: str) -> tuple[str, dict[str, str]]:
    uri = ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]
    digests = {}
    for version in VERSIONS:
        manifest = _write_manifest(version)
        # AWS's digest of an image is the SHA-256 of its manifest (ECR API reference, PutImage).
        digests[version] = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        ecr.put_image(repositoryName=name, imageTag=version, imageManifest=manifest, imageDigest=digests[version])
    return uri, digests


def _write_manifest(version: str) -> str:
    config = {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 7023,
        "digest": f"sha256:{hashlib.sha256(version.encode()).hexdigest()}",
    }
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []})


def _create_roles(iam: Any, name: str) -> dict[str, str]:
    wanted = {
        "execution_role": "ecs-tasks",
        "task_role": "ecs-tasks",
        "codedeploy_role": "codedeploy",
        "infrastructure_role": "ecs",
    }
    return {role: _create_role(iam, f"{name}-{role.replace('_', '-')}", service) for role, service in wanted.items()}


def _create_role(iam: Any, name: str, service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
