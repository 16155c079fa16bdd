"""Asks the same question once: inside `asking_once`, an answer serves all who ask it again within a moment.

Whatever changes something makes every answer old, and so does time. What AWS never changes is kept for longer.
"""

import copy
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

LOOKS = ("BatchGet", "Describe", "Get", "List", "Simulate")
# A look at a target, with what is foreseen from it, takes about as long.
FRESH_S = 2.0
# A deployment configuration can be created and deleted, not changed (CodeDeploy API reference); a role keeps its ARN;
# a quota is raised by AWS's people.
LASTING_S: Mapping[str, float] = MappingProxyType(
    {"GetDeploymentConfig": 3600.0, "GetCallerIdentity": 300.0, "GetRole": 300.0, "GetServiceQuota": 300.0}
)
KEY = "verdigris-question"


@dataclass(frozen=True)
class _Answer:
    at: float
    response: Any
    parsed: Any


_Answers = dict[tuple[Any, ...], _Answer]
_SHARED: ContextVar[_Answers | None] = ContextVar("shared", default=None)


@contextmanager
def asking_once() -> Iterator[None]:
    """Will ask nothing twice inside; where this is inside such a block already, that one's answers serve."""
    if _SHARED.get() is not None:
        yield
        return
    token = _SHARED.set({})
    try:
        yield
    finally:
        _SHARED.reset(token)


def ask_anew() -> None:
    """Will let no answer serve any more: somebody else may have changed something."""
    answers = _SHARED.get()
    if answers is not None:
        answers.clear()


@dataclass
class Memory:
    """What one client was answered; `clock` gives seconds that only grow."""

    clock: Callable[[], float] = time.monotonic
    lasting: _Answers = field(default_factory=dict)

    def watch(self, client: Any) -> None:
        """Will answer what `client` asks again, and keep what it is answered."""
        client.meta.events.register("before-call", self.recall)
        # Before botocore's own handlers, which change some answers in place: what is recalled passes them again.
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register_first(f"after-call.{service}", self.keep)

    def recall(self, model: Any, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> Any:
        """Will give botocore the answer to a question that was asked before; None has it ask."""
        shared = _SHARED.get()
        if shared is None:
            return None
        if not model.name.startswith(LOOKS):
            shared.clear()
            return None
        if model.has_streaming_output:
            # An object's bytes are read once.
            return None
        context[KEY] = key = (id(self), model.name, params["url"], repr(params["query_string"]), repr(params["body"]))
        known = shared.get(key) or self.lasting.get(key)
        if known is None or self.clock() - known.at > LASTING_S.get(model.name, FRESH_S):
            return None
        return known.response, copy.deepcopy(known.parsed)

    def keep(self, http_response: Any, parsed: Any, model: Any, context: Mapping[str, Any], **_: Any) -> None:
        """Will keep the answer to a question; a refusal is none."""
        shared, key = _SHARED.get(), context.get(KEY)
        if shared is None or key is None or http_response.status_code >= 300:
            return
        kept = self.lasting if model.name in LASTING_S else shared
        if key not in kept or kept[key].response is not http_response:
            kept[key] = _Answer(self.clock(), http_response, copy.deepcopy(parsed))
