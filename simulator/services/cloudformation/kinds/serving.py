"""What serves: ECS, CodeDeploy, Lambda, Route 53, CloudWatch."""

from typing import Any

from simulator.services.cloudformation.making import KINDS, Account, Kind, Made, Properties


def _service_name(made: Made) -> str:
    return str(made.answer["service"]["serviceName"])


def _health_check(properties: Properties, _: Account) -> Properties:
    config = properties["HealthCheckConfig"]
    return {"CallerReference": f"{config['FullyQualifiedDomainName']}:{config['Port']}", "HealthCheckConfig": config}


def _record(properties: Properties, _: Account) -> Properties:
    record = {key: one for key, one in properties.items() if key != "HostedZoneId"}
    record["Name"] = f"{record['Name'].rstrip('.')}."
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    return {"HostedZoneId": properties["HostedZoneId"], "ChangeBatch": batch}


def _group_name(made: Made) -> Any:
    return made.properties["DeploymentGroupName"]


KINDS.update(
    {
        "AWS::ECS::Cluster": Kind(
            "ecs",
            "create_cluster",
            lambda made: made.answer["cluster"]["clusterName"],
            {"Arn": lambda made: made.answer["cluster"]["clusterArn"]},
        ),
        "AWS::ECS::TaskDefinition": Kind(
            "ecs", "register_task_definition", lambda made: made.answer["taskDefinition"]["taskDefinitionArn"]
        ),
        "AWS::ECS::Service": Kind(
            "ecs", "create_service", lambda made: made.answer["service"]["serviceArn"], {"Name": _service_name}
        ),
        "AWS::CodeDeploy::Application": Kind(
            "codedeploy", "create_application", lambda made: made.properties["ApplicationName"]
        ),
        "AWS::CodeDeploy::DeploymentGroup": Kind("codedeploy", "create_deployment_group", _group_name),
        "AWS::Lambda::Function": Kind(
            "lambda",
            "create_function",
            lambda made: made.answer["FunctionName"],
            {"Arn": lambda made: made.answer["FunctionArn"]},
        ),
        "AWS::Route53::HealthCheck": Kind(
            "route53", "create_health_check", lambda made: made.answer["HealthCheck"]["Id"], change=_health_check
        ),
        "AWS::Route53::RecordSet": Kind(
            "route53", "change_resource_record_sets", lambda made: made.properties["Name"], change=_record
        ),
        "AWS::CloudWatch::Alarm": Kind(
            "cloudwatch",
            "put_metric_alarm",
            lambda made: made.properties["AlarmName"],
            {
                "Arn": lambda made: (
                    f"arn:aws:cloudwatch:{made.account.region}:{made.account.number}:alarm:{made.properties['AlarmName']}"
                )
            },
            is_put=True,
        ),
    }
)
