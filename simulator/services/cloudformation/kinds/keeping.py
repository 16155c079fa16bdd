"""What keeps data: RDS, ElastiCache, Glue, Athena, Data Exchange, QuickSight."""

from simulator.services.cloudformation.making import KINDS, Account, Kind, Made, Properties

QUICKSIGHT = {
    "DataSource": "create_data_source",
    "DataSet": "create_data_set",
    "Analysis": "create_analysis",
    "Template": "create_template",
    "Dashboard": "create_dashboard",
}


def _of_quicksight(made: Made) -> str:
    """Ref of QuickSight's types is the account and the id."""
    return f"{made.properties['AwsAccountId']}|{made.answer[made.type.rpartition(':')[2] + 'Id']}"


def _parameter_group(properties: Properties, _: Account) -> Properties:
    name = properties.get("DBParameterGroupName", f"parameters-{properties['Family']}")
    return {
        "DBParameterGroupName": name,
        "DBParameterGroupFamily": properties["Family"],
        "Description": properties["Description"],
    }


def _set_parameters(made: Made) -> None:
    parameters = [
        {"ParameterName": name, "ParameterValue": str(value), "ApplyMethod": "pending-reboot"}
        for name, value in made.properties.get("Parameters", {}).items()
    ]
    if parameters:
        made.account.client("rds").modify_db_parameter_group(DBParameterGroupName=made.id, Parameters=parameters)


def _database(properties: Properties, _: Account) -> Properties:
    groups = properties.pop("VPCSecurityGroups", [])
    return {**properties, "VpcSecurityGroupIds": groups}


def _cache_subnets(properties: Properties, _: Account) -> Properties:
    words = properties.pop("Description")
    return {**properties, "CacheSubnetGroupDescription": words}


def _work_group(properties: Properties, _: Account) -> Properties:
    configuration = properties.pop("WorkGroupConfiguration")
    return {**properties, "Configuration": configuration}


def _crawler(made: Made) -> str:
    return str(made.properties["Name"])


KINDS.update(
    {
        "AWS::RDS::DBSubnetGroup": Kind(
            "rds", "create_db_subnet_group", lambda made: made.answer["DBSubnetGroup"]["DBSubnetGroupName"]
        ),
        "AWS::RDS::DBParameterGroup": Kind(
            "rds",
            "create_db_parameter_group",
            lambda made: made.answer["DBParameterGroup"]["DBParameterGroupName"],
            change=_parameter_group,
            after=_set_parameters,
            apart=frozenset({"Parameters"}),
        ),
        "AWS::RDS::DBInstance": Kind(
            "rds",
            "create_db_instance",
            lambda made: made.answer["DBInstance"]["DBInstanceIdentifier"],
            {"Endpoint.Address": lambda made: made.answer["DBInstance"]["Endpoint"]["Address"]},
            change=_database,
        ),
        "AWS::ElastiCache::SubnetGroup": Kind(
            "elasticache",
            "create_cache_subnet_group",
            lambda made: made.answer["CacheSubnetGroup"]["CacheSubnetGroupName"],
            change=_cache_subnets,
        ),
        "AWS::ElastiCache::ReplicationGroup": Kind(
            "elasticache",
            "create_replication_group",
            lambda made: made.answer["ReplicationGroup"]["ReplicationGroupId"],
            {
                "PrimaryEndPoint.Address": lambda made: made.answer["ReplicationGroup"]["NodeGroups"][0][
                    "PrimaryEndpoint"
                ]["Address"]
            },
        ),
        "AWS::Glue::Database": Kind("glue", "create_database", lambda made: made.properties["DatabaseInput"]["Name"]),
        "AWS::Glue::Crawler": Kind("glue", "create_crawler", _crawler),
        "AWS::Athena::WorkGroup": Kind(
            "athena", "create_work_group", lambda made: made.properties["Name"], change=_work_group
        ),
        "AWS::DataExchange::EventAction": Kind("dataexchange", "create_event_action", lambda made: made.answer["Id"]),
        **{
            f"AWS::QuickSight::{one}": Kind(
                "quicksight",
                call,
                _of_quicksight,
                {"Arn": lambda made: made.answer["Arn"]},
            )
            for one, call in QUICKSIGHT.items()
        },
    }
)
