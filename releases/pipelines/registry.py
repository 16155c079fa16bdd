"""Finds the pipeline of a service and the mailbox of its notices; the only place that chooses adapters."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from portal import aws
from portal.aws import Clients
from releases.pipelines import memory, signatures
from releases.pipelines.base import Config, Mailbox, Pipeline, PipelineError
from releases.pipelines.codepipeline import CodePipeline
from releases.pipelines.mailbox import SqsMailbox

CERTIFICATES = signatures.Certificates(signatures.fetch)


def pipeline_for(kind: str, config: Config) -> Pipeline:
    """Will give the pipeline. Raises PipelineError, permanent, for an unknown kind."""
    return _adapters(kind)[0](config)


def mailbox_for(kind: str, config: Config, queue_url: str) -> Mailbox:
    """Will give the mailbox. Raises PipelineError, permanent, for an unknown kind."""
    return _adapters(kind)[1](config, queue_url)


def clients_of(config: Config) -> Clients:
    """Will give the maker of clients with the rights that the configuration names."""
    access = aws.Access(config.region, config.role_arn, config.external_id)

    def client(service: str, *, may_repeat: bool = True) -> Any:
        return aws.client(service, access, may_repeat=may_repeat)

    return client


def _adapters(kind: str) -> "_Adapters":
    if kind not in ADAPTERS:
        sentence = f"There is no kind of pipeline {kind!r}; there are {', '.join(ADAPTERS)}"
        raise PipelineError("pipeline-unknown", sentence, permanent=True)
    return ADAPTERS[kind]


def _codepipeline(config: Config) -> Pipeline:
    return CodePipeline(config, clients_of(config))


def _sqs(config: Config, queue_url: str) -> Mailbox:
    return SqsMailbox(queue_url, clients_of(config))


def _memory(config: Config) -> Pipeline:
    return memory.named(config.name)


def _memory_mailbox(config: Config, queue_url: str) -> Mailbox:  # noqa: ARG001 - one signature
    return memory.mailbox(queue_url)


_Adapters = tuple[Callable[[Config], Pipeline], Callable[[Config, str], Mailbox]]
ADAPTERS: Mapping[str, _Adapters] = MappingProxyType(
    {"codepipeline": (_codepipeline, _sqs), "memory": (_memory, _memory_mailbox)}
)
