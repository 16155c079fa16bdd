"""People: registered by hand, or by the role under which they federate."""

import uuid
from typing import Any

from simulator.operations import AwsError, Context, operation
from simulator.services.quicksight.account import Parameters, answered, arn, of


@operation("quicksight", "RegisterUser")
def _register(parameters: Parameters, context: Context) -> dict[str, Any]:
    name, namespace = _name(parameters), parameters["Namespace"]
    known = of(context).users
    if (namespace, name) in known:
        raise AwsError("ResourceExistsException", f"User {name} exists", ResourceType="USER")
    known[namespace, name] = {
        "Arn": arn("user", f"{namespace}/{name}", context),
        "UserName": name,
        "Email": parameters["Email"],
        "Role": parameters["UserRole"],
        "IdentityType": parameters["IdentityType"],
        "Active": True,
        "PrincipalId": f"federated/iam/{uuid.uuid4().hex}",
    }
    return answered(User=known[namespace, name])


@operation("quicksight", "DescribeUser")
def _describe(parameters: Parameters, context: Context) -> dict[str, Any]:
    key = (parameters["Namespace"], parameters["UserName"])
    known = of(context).users
    if key not in known:
        raise AwsError("ResourceNotFoundException", f"User {key[1]} is not found", ResourceType="USER")
    return answered(User=known[key])


def _name(parameters: Parameters) -> str:
    """The user of a federated role is named role/session (API reference, RegisterUser)."""
    if parameters["IdentityType"] != "IAM":
        return str(parameters["UserName"])
    if not parameters.get("IamArn"):
        raise AwsError("InvalidParameterValueException", "IamArn is needed for IAM identities")
    last = str(parameters["IamArn"]).rpartition("/")[2]
    return f"{last}/{parameters['SessionName']}" if parameters.get("SessionName") else last
