"""Networks: EC2's and the load balancers' types."""

from typing import Any

from simulator.services.cloudformation.making import KINDS, Account, Kind, Made, Properties


def _set_dns(made: Made) -> None:
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        if name in made.properties:
            made.account.client("ec2").modify_vpc_attribute(VpcId=made.id, **{name: {"Value": made.properties[name]}})


def _permission(given: Properties) -> list[dict[str, Any]]:
    words = {"Description": given["Description"]} if "Description" in given else {}
    permission = {name: given[name] for name in ("IpProtocol", "FromPort", "ToPort")}
    if "CidrIp" in given:
        return [{**permission, "IpRanges": [{"CidrIp": given["CidrIp"], **words}]}]
    group = given.get("SourceSecurityGroupId") or given["DestinationSecurityGroupId"]
    return [{**permission, "UserIdGroupPairs": [{"GroupId": group, **words}]}]


def _set_rules(made: Made) -> None:
    client = made.account.client("ec2")
    if "SecurityGroupEgress" in made.properties:
        # What is written replaces the rule that lets everything out.
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        client.revoke_security_group_egress(GroupId=made.id, IpPermissions=everything)
    for one in made.properties.get("SecurityGroupIngress", []):
        client.authorize_security_group_ingress(GroupId=made.id, IpPermissions=_permission(one))
    for one in made.properties.get("SecurityGroupEgress", []):
        client.authorize_security_group_egress(GroupId=made.id, IpPermissions=_permission(one))


def _group(properties: Properties, _: Account) -> Properties:
    words = properties.pop("GroupDescription")
    return {**properties, "Description": words, "GroupName": properties.get("GroupName", words)}


def _rule(properties: Properties, _: Account) -> Properties:
    return {"GroupId": properties["GroupId"], "IpPermissions": _permission(properties)}


def _flow_log(properties: Properties, _: Account) -> Properties:
    resource = properties.pop("ResourceId")
    return {**properties, "ResourceIds": [resource]}


def _set_attributes(method: str, parameter: str, of: str) -> Any:
    def do(made: Made) -> None:
        if of in made.properties:
            getattr(made.account.client("elbv2"), method)(**{parameter: made.id, "Attributes": made.properties[of]})

    return do


def _first(kind: str, name: str) -> Any:
    return lambda made: made.answer[kind][0][name]


def _full_name(made: Made) -> str:
    return made.id.rpartition(":")[2].removeprefix("loadbalancer/")


KINDS.update(
    {
        "AWS::EC2::VPC": Kind(
            "ec2",
            "create_vpc",
            lambda made: made.answer["Vpc"]["VpcId"],
            after=_set_dns,
            apart=frozenset({"EnableDnsSupport", "EnableDnsHostnames"}),
        ),
        "AWS::EC2::InternetGateway": Kind(
            "ec2", "create_internet_gateway", lambda made: made.answer["InternetGateway"]["InternetGatewayId"]
        ),
        "AWS::EC2::VPCGatewayAttachment": Kind(
            "ec2", "attach_internet_gateway", lambda made: f"IGW|{made.properties['VpcId']}"
        ),
        "AWS::EC2::Subnet": Kind("ec2", "create_subnet", lambda made: made.answer["Subnet"]["SubnetId"]),
        "AWS::EC2::RouteTable": Kind(
            "ec2", "create_route_table", lambda made: made.answer["RouteTable"]["RouteTableId"]
        ),
        "AWS::EC2::Route": Kind(
            "ec2",
            "create_route",
            lambda made: f"{made.properties['RouteTableId']}|{made.properties['DestinationCidrBlock']}",
        ),
        "AWS::EC2::SubnetRouteTableAssociation": Kind(
            "ec2", "associate_route_table", lambda made: made.answer["AssociationId"]
        ),
        "AWS::EC2::EIP": Kind(
            "ec2",
            "allocate_address",
            lambda made: made.answer["PublicIp"],
            {"AllocationId": lambda made: made.answer["AllocationId"]},
        ),
        "AWS::EC2::NatGateway": Kind(
            "ec2", "create_nat_gateway", lambda made: made.answer["NatGateway"]["NatGatewayId"]
        ),
        "AWS::EC2::VPCEndpoint": Kind(
            "ec2", "create_vpc_endpoint", lambda made: made.answer["VpcEndpoint"]["VpcEndpointId"]
        ),
        "AWS::EC2::FlowLog": Kind(
            "ec2", "create_flow_logs", lambda made: made.answer["FlowLogIds"][0], change=_flow_log
        ),
        "AWS::EC2::SecurityGroup": Kind(
            "ec2",
            "create_security_group",
            lambda made: made.answer["GroupId"],
            {"GroupId": lambda made: made.id},
            change=_group,
            after=_set_rules,
            apart=frozenset({"SecurityGroupIngress", "SecurityGroupEgress"}),
        ),
        "AWS::EC2::SecurityGroupIngress": Kind(
            "ec2", "authorize_security_group_ingress", lambda made: made.name, change=_rule
        ),
        "AWS::EC2::SecurityGroupEgress": Kind(
            "ec2", "authorize_security_group_egress", lambda made: made.name, change=_rule
        ),
        "AWS::ElasticLoadBalancingV2::LoadBalancer": Kind(
            "elbv2",
            "create_load_balancer",
            _first("LoadBalancers", "LoadBalancerArn"),
            {
                "DNSName": _first("LoadBalancers", "DNSName"),
                "CanonicalHostedZoneID": _first("LoadBalancers", "CanonicalHostedZoneId"),
                "LoadBalancerFullName": _full_name,
            },
            after=_set_attributes("modify_load_balancer_attributes", "LoadBalancerArn", "LoadBalancerAttributes"),
            apart=frozenset({"LoadBalancerAttributes"}),
        ),
        "AWS::ElasticLoadBalancingV2::TargetGroup": Kind(
            "elbv2",
            "create_target_group",
            _first("TargetGroups", "TargetGroupArn"),
            {
                "TargetGroupName": _first("TargetGroups", "TargetGroupName"),
                "TargetGroupFullName": lambda made: made.id.rpartition(":")[2],
            },
            after=_set_attributes("modify_target_group_attributes", "TargetGroupArn", "TargetGroupAttributes"),
            apart=frozenset({"TargetGroupAttributes"}),
        ),
        "AWS::ElasticLoadBalancingV2::Listener": Kind("elbv2", "create_listener", _first("Listeners", "ListenerArn")),
        "AWS::ElasticLoadBalancingV2::ListenerRule": Kind("elbv2", "create_rule", _first("Rules", "RuleArn")),
    }
)
