"""Pipelines at the terminal: link, unlink, show, look."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand

from portal import clock
from releases.management.commands.terminal import people
from releases.management.commands.terminal.refusals import Mistake, told
from releases.models import PipelineLink
from releases.operations.pipelines import links, looking
from releases.operations.pipelines.links import LinkError, Linking
from releases.selectors import pipelines

OPTIONS = {
    "kind": "codepipeline, or memory to rehearse",
    "region": "the AWS region, such as eu-west-1",
    "name": "the pipeline's name; empty where there are only builds",
    "project": "the CodeBuild project",
    "images": "the ECR repository as Docker writes it, without tag or digest",
    "role_arn": "the role to take; empty is the portal's own",
    "external_id": "what that role asks for",
    "queue_url": "the SQS queue that EventBridge sends notices to",
    "topic_arn": "the SNS topic that sends notices to /api/v1/hooks/notices/",
}


class Command(BaseCommand):
    help = "Links services to what builds them. Ends with 0 when done, 1 when refused, 2 for a mistake."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

        def add(name: str, sentence: str) -> ArgumentParser:
            added: ArgumentParser = verbs.add_parser(name, help=sentence)
            added.add_argument("service")
            return added

        linking = add("link", "say where a service is built, in place of what was said before")
        for name, sentence in OPTIONS.items():
            default = "codepipeline" if name == "kind" else ""
            linking.add_argument(f"--{name.replace('_', '-')}", default=default, help=sentence)
        linking.add_argument(
            "--gate",
            dest="gates",
            action="append",
            default=[],
            metavar="ENVIRONMENT=STAGE/ACTION",
            help="the manual approval that is one decision with the approval of this environment's rollouts",
        )
        unlinking = add("unlink", "forget the pipeline; the releases stay")
        for changing in (linking, unlinking):
            people.add_option(changing)
        add("show", "show where its newest executions stand")
        add("look", "look at it now")

    def handle(self, *_: Any, **options: Any) -> None:
        with _told():
            {"link": self._link, "unlink": self._unlink, "show": self._show, "look": self._look}[options["verb"]](
                options
            )

    def _link(self, options: dict[str, Any]) -> None:
        linking = Linking(
            service=options["service"],
            **{name: options[name] for name in OPTIONS},
            gates=dict(map(_gate, options["gates"])),
        )
        links.link(linking, by=people.actor_named(options["username"]), now=clock.now())
        self._show(options)

    def _unlink(self, options: dict[str, Any]) -> None:
        links.unlink(options["service"], by=people.actor_named(options["username"]), now=clock.now())
        self.stdout.write(f"{options['service']} is linked to no pipeline now. Its releases stay.")

    def _look(self, options: dict[str, Any]) -> None:
        row = links.of_service(options["service"])
        if not looking.look(row.pk, now=clock.now()):
            self.stdout.write("Somebody is looking at it right now.")
        self._show(options)

    def _show(self, options: dict[str, Any]) -> None:
        row = links.of_service(options["service"])
        self.stdout.write(f"{options['service']} is built by {row} in {row.region}. {_looked(row)}")
        for gate in row.gates.select_related("environment"):
            self.stdout.write(f"{gate.action} in {gate.stage} is the approval of {gate.environment.name}.")
        for execution in pipelines.newest(row):
            self.stdout.write(f"{execution.outside_id[:8]}  {execution.commit[:12]}  {execution.sentence}")


def _looked(row: PipelineLink) -> str:
    if row.trouble:
        return row.trouble
    return f"Looked at {row.looked_at:%Y-%m-%d %H:%M:%S} UTC." if row.looked_at else "Nobody has looked at it yet."


def _gate(text: str) -> tuple[str, tuple[str, str]]:
    environment, _, place = text.partition("=")
    stage, _, action = place.partition("/")
    if not (environment and stage and action):
        raise Mistake(f"{text!r} names no gate. Nothing was changed. Write --gate ENVIRONMENT=STAGE/ACTION.")
    return environment, (stage, action)


@contextmanager
def _told() -> Iterator[None]:
    with told():
        try:
            yield
        except LinkError as error:
            raise Mistake(f"{error} Nothing was changed.") from None
