"""What others stand on: roles, buckets, secrets, logs, queues, topics, rules."""

import json
import secrets
import string
from typing import Any

from simulator.services.cloudformation.making import KINDS, Account, Kind, Made, Properties


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _role(properties: Properties, _: Account) -> Properties:
    return {**properties, "AssumeRolePolicyDocument": _text(properties["AssumeRolePolicyDocument"])}


def _put_policies(made: Made) -> None:
    for one in made.properties.get("Policies", []):
        made.account.client("iam").put_role_policy(
            RoleName=made.id, PolicyName=one["PolicyName"], PolicyDocument=_text(one["PolicyDocument"])
        )


def _policy(properties: Properties, _: Account) -> Properties:
    return {**properties, "PolicyDocument": _text(properties["PolicyDocument"])}


def _bucket(properties: Properties, account: Account) -> Properties:
    return {"Bucket": properties["BucketName"], "CreateBucketConfiguration": {"LocationConstraint": account.region}}


def _set_bucket(made: Made) -> None:
    client, wanted = made.account.client("s3"), made.properties
    if "BucketEncryption" in wanted:
        rules = [
            {"ApplyServerSideEncryptionByDefault": one["ServerSideEncryptionByDefault"]}
            for one in wanted["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        ]
        client.put_bucket_encryption(Bucket=made.id, ServerSideEncryptionConfiguration={"Rules": rules})
    if "PublicAccessBlockConfiguration" in wanted:
        client.put_public_access_block(
            Bucket=made.id, PublicAccessBlockConfiguration=wanted["PublicAccessBlockConfiguration"]
        )
    if "VersioningConfiguration" in wanted:
        client.put_bucket_versioning(Bucket=made.id, VersioningConfiguration=wanted["VersioningConfiguration"])
    if "LifecycleConfiguration" in wanted:
        rules = [_expiring(one) for one in wanted["LifecycleConfiguration"]["Rules"]]
        client.put_bucket_lifecycle_configuration(Bucket=made.id, LifecycleConfiguration={"Rules": rules})


def _expiring(rule: Properties) -> dict[str, Any]:
    written = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": ""}}
    if "ExpirationInDays" in rule:
        written["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "NoncurrentVersionExpiration" in rule:
        written["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    return written


def _bucket_policy(properties: Properties, _: Account) -> Properties:
    # The simulated account is reached without TLS, and moto reads no conditions: what refuses that stays away.
    document = properties["PolicyDocument"]
    kept = [one for one in document["Statement"] if "aws:SecureTransport" not in str(one.get("Condition"))]
    return {"Bucket": properties["Bucket"], "Policy": _text({**document, "Statement": kept})}


def _secret(properties: Properties, _: Account) -> Properties:
    wanted = properties.pop("GenerateSecretString", None)
    if wanted is None:
        return properties
    letters = string.ascii_letters + string.digits + ("" if wanted.get("ExcludePunctuation") else string.punctuation)
    made = "".join(secrets.choice(letters) for _ in range(int(wanted.get("PasswordLength", 32))))
    return {**properties, "SecretString": made}


def _set_retention(made: Made) -> None:
    if "RetentionInDays" in made.properties:
        made.account.client("logs").put_retention_policy(
            logGroupName=made.id, retentionInDays=int(made.properties["RetentionInDays"])
        )


def _queue(properties: Properties, _: Account) -> Properties:
    attributes = {key: _plain(one) for key, one in properties.items() if key != "QueueName"}
    return {"QueueName": properties["QueueName"], "Attributes": attributes}


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _queue_arn(made: Made) -> str:
    return f"arn:aws:sqs:{made.account.region}:{made.account.number}:{made.properties['QueueName']}"


def _queue_policy(properties: Properties, _: Account) -> Properties:
    (queue,) = properties["Queues"]
    return {"QueueUrl": queue, "Attributes": {"Policy": _text(properties["PolicyDocument"])}}


def _topic(properties: Properties, _: Account) -> Properties:
    return {"Name": properties["TopicName"]}


def _subscribe(made: Made) -> None:
    for one in made.properties.get("Subscription", []):
        made.account.client("sns").subscribe(TopicArn=made.id, Protocol=one["Protocol"], Endpoint=one["Endpoint"])


def _topic_policy(properties: Properties, _: Account) -> Properties:
    (topic,) = properties["Topics"]
    document = _text(properties["PolicyDocument"])
    return {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": document}


def _rule(properties: Properties, _: Account) -> Properties:
    return {**properties, "EventPattern": _text(properties["EventPattern"])}


def _put_targets(made: Made) -> None:
    if "Targets" in made.properties:
        made.account.client("events").put_targets(Rule=made.id, Targets=made.properties["Targets"])


KINDS.update(
    {
        "AWS::IAM::Role": Kind(
            "iam",
            "create_role",
            lambda made: made.answer["Role"]["RoleName"],
            {"Arn": lambda made: made.answer["Role"]["Arn"]},
            change=_role,
            after=_put_policies,
            apart=frozenset({"Policies"}),
        ),
        "AWS::IAM::RolePolicy": Kind(
            "iam",
            "put_role_policy",
            lambda made: f"{made.properties['PolicyName']}|{made.properties['RoleName']}",
            change=_policy,
            is_put=True,
        ),
        "AWS::S3::Bucket": Kind(
            "s3",
            "create_bucket",
            lambda made: made.properties["BucketName"],
            {"Arn": lambda made: f"arn:aws:s3:::{made.id}"},
            change=_bucket,
            after=_set_bucket,
        ),
        "AWS::S3::BucketPolicy": Kind(
            "s3", "put_bucket_policy", lambda made: made.properties["Bucket"], change=_bucket_policy, is_put=True
        ),
        "AWS::SecretsManager::Secret": Kind(
            "secretsmanager", "create_secret", lambda made: made.answer["ARN"], change=_secret
        ),
        "AWS::Logs::LogGroup": Kind(
            "logs",
            "create_log_group",
            lambda made: made.properties["LogGroupName"],
            {"Arn": lambda made: f"arn:aws:logs:{made.account.region}:{made.account.number}:log-group:{made.id}:*"},
            after=_set_retention,
            apart=frozenset({"RetentionInDays"}),
        ),
        "AWS::SQS::Queue": Kind(
            "sqs",
            "create_queue",
            lambda made: made.answer["QueueUrl"],
            {"Arn": _queue_arn, "QueueName": lambda made: made.properties["QueueName"]},
            change=_queue,
        ),
        "AWS::SQS::QueuePolicy": Kind(
            "sqs", "set_queue_attributes", lambda made: made.name, change=_queue_policy, is_put=True
        ),
        "AWS::SNS::Topic": Kind(
            "sns",
            "create_topic",
            lambda made: made.answer["TopicArn"],
            change=_topic,
            after=_subscribe,
            apart=frozenset({"Subscription"}),
        ),
        "AWS::SNS::TopicPolicy": Kind(
            "sns", "set_topic_attributes", lambda made: made.name, change=_topic_policy, is_put=True
        ),
        "AWS::Events::Rule": Kind(
            "events",
            "put_rule",
            lambda made: made.properties["Name"],
            {"Arn": lambda made: made.answer["RuleArn"]},
            change=_rule,
            after=_put_targets,
            apart=frozenset({"Targets"}),
            is_put=True,
        ),
    }
)
