"""Creates and updates the stacks of an environment, in order, each by a change set that is shown and confirmed.

    python infra/deploy.py validate production
    python infra/deploy.py up production [STACK ...] [--set Name=Value ...] [--yes]
    python infra/deploy.py outputs production
    python infra/deploy.py config production > target.json
    python infra/deploy.py run production [--file target.json] -- migrate

A parameter of a template is, in this order: what --set says, what infra/parameters/ENVIRONMENT.json says, the output
of the same name of a stack before it, what the stack had before, the template's default.
"""

import argparse
import base64
import hashlib
import json
import re
import runpy
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError

FOLDER = Path(__file__).resolve().parent
CHANGE_SET = "verdigris-deploy"
NEW = frozenset({"", "REVIEW_IN_PROGRESS"})

Ask = Callable[[str], bool]
Say = Callable[[str], None]


class DeployError(Exception):
    """Nothing more is done; the message says what happened, what is there now, and what to do."""


@dataclass(frozen=True)
class Environment:
    """One file of infra/parameters."""

    name: str
    region: str
    stacks: Sequence[str]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]

    def stack(self, template: str) -> str:
        """Will name the stack of a template."""
        return f"{self.parameters['Prefix']}-{template}"


def read(name: str, *, folder: Path = FOLDER / "parameters") -> Environment:
    """Will read an environment's file. Raises DeployError."""
    path = folder / f"{name}.json"
    try:
        value = json.loads(path.read_text())
        return Environment(name, value["region"], value["stacks"], value["parameters"], value.get("tags", {}))
    except (OSError, ValueError, KeyError) as error:
        raise DeployError(f"{path} can't be used ({error!r}). Nothing was changed. Mend the file.") from None


def body_of(template: str) -> str:
    """Will give a template's text, without its comments and empty lines: CloudFormation takes 51,200 bytes of it."""
    lines = (FOLDER / f"{template}.yaml").read_text().splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#")) + "\n"


def pack() -> bytes:
    """Will package the swap function, as its own program does: the same code gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        write = runpy.run_path(str(FOLDER / "lambda" / "swap" / "package.py"))["write"]
        return bytes(write(Path(folder) / "swap.zip").read_bytes())


@dataclass
class Deployer:
    """Deploys one environment. `ask` is asked before anything is changed."""

    environment: Environment
    clients: Callable[[str], Any]
    ask: Ask
    say: Say

    def validate(self) -> None:
        """Will have CloudFormation read every template. Raises DeployError at the first that it refuses."""
        for template in self.environment.stacks:
            self._declared(template)
            self.say(f"{template}.yaml is valid.")

    def up(self, stacks: Sequence[str], given: Mapping[str, str]) -> None:
        """Will bring `stacks`, or all of them, to what their templates say. Raises DeployError."""
        unknown = set(stacks) - set(self.environment.stacks)
        if unknown:
            raise DeployError(f"{self.environment.name} has no {', '.join(sorted(unknown))}. Nothing was changed.")
        for template in self.environment.stacks:
            if not stacks or template in stacks:
                self._bring(template, given)

    def outputs(self) -> dict[str, str]:
        """Will give the outputs of every stack that there is."""
        found: dict[str, str] = {}
        for template in self.environment.stacks:
            found |= self._outputs(self._described(self.environment.stack(template)))
        return found

    def config(self) -> dict[str, Any]:
        """Will give the JSON of this environment's target, for `manage.py environment establish --config`.

        Raises DeployError where the stacks service and release are missing.
        """
        outputs, written = self.outputs(), self._written()
        missing = [name for name in ("EcsService", "ReleaseRole", "BalancerAddress") if name not in outputs]
        if missing:
            raise DeployError(
                f"No stack of {self.environment.name} gives {', '.join(missing)} yet. Bring them up first."
            )
        shared = {
            "region": self.environment.region,
            "role_arn": outputs["ReleaseRole"],
            "external_id": written["ExternalId"],
            "cluster": outputs["Cluster"],
            "service": outputs["EcsService"],
            "family": outputs["Family"],
            "container": "web",
            "port": 8000,
            "preview_url": f"https://{written.get('Name', outputs['BalancerAddress'])}:8443/",
            "alarms": [outputs[name] for name in ("ErrorsOfA", "ErrorsOfB", "Slow")],
        }
        if "Application" in outputs:
            return {**shared, "application": outputs["Application"], "group": outputs["DeploymentGroup"]}
        return {**shared, "strategy": "BLUE_GREEN"}

    def run(self, words: Sequence[str], file: str = "") -> str:
        """Will start `manage.py WORDS` as a task beside the portal's, with `file` at /tmp/file; gives the task's ARN.

        Raises DeployError where the portal's stacks are missing, or ECS starts no task.
        """
        outputs = self.outputs()
        missing = [name for name in ("PortalCluster", "WebTasks", "PortalSecurityGroup") if name not in outputs]
        if missing:
            raise DeployError(
                f"No stack of {self.environment.name} gives {', '.join(missing)} yet. Bring them up first."
            )
        command = f"python manage.py {shlex.join(words)}"
        if file:
            command = f"printf %s {base64.b64encode(file.encode()).decode()} | base64 -d > /tmp/file && {command}"
        network = {
            "subnets": outputs["PrivateSubnets"].split(","),
            "securityGroups": [outputs["PortalSecurityGroup"]],
            "assignPublicIp": "DISABLED",
        }
        answer = self.clients("ecs").run_task(
            cluster=outputs["PortalCluster"],
            taskDefinition=outputs["WebTasks"],
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            overrides={"containerOverrides": [{"name": "web", "command": ["sh", "-c", command]}]},
        )
        if not answer["tasks"]:
            raise DeployError(f"ECS started no task ({answer['failures']}). Nothing was changed.")
        return str(answer["tasks"][0]["taskArn"])

    def _bring(self, template: str, given: Mapping[str, str]) -> None:
        name = self.environment.stack(template)
        there = self._described(name)
        is_new = there.get("StackStatus", "") in NEW
        if template == "swap":
            given = {**given, "SwapPackage": self._upload(given)}
        parameters = list(self._parameters(template, given, {} if is_new else there))
        client = self.clients("cloudformation")
        client.create_change_set(
            StackName=name,
            ChangeSetName=CHANGE_SET,
            ChangeSetType="CREATE" if is_new else "UPDATE",
            TemplateBody=body_of(template),
            Parameters=parameters,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in self.environment.tags.items()],
        )
        if not self._is_ready(name):
            self.say(f"{name}: nothing changes.")
        elif self.ask(f"Change {name} like this?"):
            self._execute(name, is_new=is_new)
        else:
            raise DeployError(f"{name} is left as it is. The stacks before it are done, those after it are not.")

    def _is_ready(self, name: str) -> bool:
        """Will wait for the change set and show it; False, and the change set dropped, where nothing changes."""
        client = self.clients("cloudformation")
        try:
            client.get_waiter("change_set_create_complete").wait(StackName=name, ChangeSetName=CHANGE_SET)
        except WaiterError:
            told = client.describe_change_set(StackName=name, ChangeSetName=CHANGE_SET).get("StatusReason", "")
            client.delete_change_set(StackName=name, ChangeSetName=CHANGE_SET)
            if "didn't contain changes" in told or "No updates are to be performed" in told:
                return False
            raise DeployError(f"{name} can't become this: {told} It is left as it is.") from None
        for page in client.get_paginator("describe_change_set").paginate(StackName=name, ChangeSetName=CHANGE_SET):
            for one in page.get("Changes", []):
                self.say(_line(one["ResourceChange"]))
        return True

    def _execute(self, name: str, *, is_new: bool) -> None:
        client = self.clients("cloudformation")
        client.execute_change_set(StackName=name, ChangeSetName=CHANGE_SET)
        waiter = client.get_waiter("stack_create_complete" if is_new else "stack_update_complete")
        try:
            waiter.wait(StackName=name)
        except WaiterError:
            there = self._described(name)
            told = f"{there.get('StackStatus')}: {there.get('StackStatusReason', 'no reason given')}"
            raise DeployError(f"{name} failed ({told}). Its events in the console say more.") from None
        self.say(f"{name} is done.")

    def _parameters(
        self, template: str, given: Mapping[str, str], there: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        earlier = self.outputs()
        had = {one["ParameterKey"] for one in there.get("Parameters", [])}
        for one in self._declared(template):
            name = one["ParameterKey"]
            found = next((place[name] for place in (given, self._written(), earlier) if name in place), None)
            if found is not None:
                yield {"ParameterKey": name, "ParameterValue": found}
            elif name in had:
                yield {"ParameterKey": name, "UsePreviousValue": True}
            elif "DefaultValue" not in one:
                sentence = f"{template}.yaml wants {name}, and nothing says it. {self.environment.stack(template)} is"
                raise DeployError(f"{sentence} left as it is. Add --set {name}=…, or write it into the file.")

    def _written(self) -> dict[str, str]:
        """Will give the file's parameters, with the account's number and the region put in."""
        text = json.dumps(dict(self.environment.parameters))
        if "${Account}" in text:
            text = text.replace("${Account}", self.clients("sts").get_caller_identity()["Account"])
        return dict(json.loads(text.replace("${Region}", self.environment.region)))

    def _declared(self, template: str) -> list[dict[str, Any]]:
        try:
            answer = self.clients("cloudformation").validate_template(TemplateBody=body_of(template))
        except ClientError as error:
            raise DeployError(f"{template}.yaml is refused: {error.response['Error']['Message']}") from None
        return list(answer["Parameters"])

    def _described(self, name: str) -> dict[str, Any]:
        try:
            return dict(self.clients("cloudformation").describe_stacks(StackName=name)["Stacks"][0])
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return {}
            raise

    def _outputs(self, stack: Mapping[str, Any]) -> dict[str, str]:
        return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}

    def _upload(self, given: Mapping[str, str]) -> str:
        """Will put the swap function's package into the bucket, under the digest of its content."""
        bucket = {**self.outputs(), **given}.get("PackagesBucket", "")
        if not bucket:
            raise DeployError(
                "There is no bucket for packages. Nothing was changed. Bring up the stack packages first."
            )
        packed = pack()
        key = f"swap/{hashlib.sha256(packed).hexdigest()}.zip"
        self.clients("s3").put_object(Bucket=bucket, Key=key, Body=packed)
        return key


def _line(change: Mapping[str, Any]) -> str:
    replaced = {"True": " (replaced)", "Conditional": " (perhaps replaced)"}.get(change.get("Replacement", ""), "")
    return f"  {change['Action']:<8} {change['ResourceType']} {change['LogicalResourceId']}{replaced}"


def _asked(question: str) -> bool:
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    wrong = [one for one in pairs if not re.match(r"[A-Za-z0-9]+=", one)]
    if wrong:
        raise DeployError(f"--set {wrong[0]} is no Name=Value. Nothing was changed.")
    return {name: value for name, _, value in (one.partition("=") for one in pairs)}


def _do(deployer: Deployer, options: argparse.Namespace) -> None:
    match options.verb:
        case "validate":
            deployer.validate()
        case "up":
            deployer.up(options.words, _settings(options.set))
        case "run":
            task = deployer.run(options.words, options.file.read_text() if options.file else "")
            _say(f"{task} runs; its lines stand in the portal's log group.")
        case verb:
            _say(json.dumps(deployer.outputs() if verb == "outputs" else deployer.config(), indent=2))


def main(arguments: Sequence[str]) -> int:
    """Will do what the command line says; 0 when done, 1 when not."""
    parser = argparse.ArgumentParser(prog="infra/deploy.py", description=__doc__.partition("\n")[0])
    parser.add_argument("verb", choices=["validate", "up", "outputs", "config", "run"])
    parser.add_argument("environment", help="staging or production")
    parser.add_argument("words", nargs="*", metavar="STACK", help="only these; else all. For run: manage.py's words")
    parser.add_argument("--file", type=Path, help="for run: a file that the task finds at /tmp/file")
    parser.add_argument("--set", action="append", default=[], metavar="Name=Value", help="a parameter")
    parser.add_argument("--yes", action="store_true", help="don't ask before each stack")
    # What stands after "--" is manage.py's, options and all.
    ours = [*arguments, "--"].index("--")
    options = parser.parse_args(arguments[:ours])
    options.words += arguments[ours + 1 :]
    try:
        environment = read(options.environment)
        session = boto3.Session(region_name=environment.region)
        ask = (lambda _: True) if options.yes else _asked
        deployer = Deployer(environment, session.client, ask, _say)
        _do(deployer, options)
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
