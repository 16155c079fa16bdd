"""A Lambda function that swaps the blue and green URLs: all visitors at once, and only it may touch what moves them.

The function is infra/lambda/swap; its docstring says what it is asked and answers. The note is a tag of the function.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.aws import Clients
from releases.rules.foresight import Finding, PlannedCall
from releases.targets.base import TargetError
from releases.targets.cloud import permissions
from releases.targets.cloud.calls import told
from releases.targets.sided.movers.base import Traffic
from releases.targets.sided.note import Side, share_b

ACTIONS = frozenset({"lambda:InvokeFunction", "lambda:ListTags", "lambda:TagResource"})
KEY = "verdigris:sides"
# What a swap of DNS records takes; the function says at each look whether it is less.
SLOWEST_S = 120.0


@dataclass(frozen=True)
class LambdaSwap:
    """The function by its ARN."""

    function: str
    clients: Clients
    weights: tuple[int, ...] = (100,)
    slowest_s: float = SLOWEST_S
    look_every_s: float = 10.0

    def read_note(self) -> str:
        """Will read the function's tag."""
        with told(f"Lambda for the tags of {self._name}"):
            return str(self._client.list_tags(Resource=self.function)["Tags"].get(KEY, ""))

    def write_note(self, text: str) -> None:
        """Will write the function's tag."""
        with told(f"Lambda to tag {self._name}"):
            self._client.tag_resource(Resource=self.function, Tags={KEY: text})

    def look(self) -> Traffic:
        """Will ask the function which side has the visitors."""
        answer = self._invoke({"look": True})
        shares = () if answer.get("share_b") is None else (int(answer["share_b"]),)
        return Traffic(shares, str(answer.get("message", "")), in_force_s=float(answer.get("settles_s", SLOWEST_S)))

    def move(self, share_b: int) -> str:
        """Will have the function swap to a side; it calls nothing where that side has all visitors already.

        Raises TargetError, permanent for a share between.
        """
        if share_b not in (0, 100):
            sentence = f"{self._name} gives one side all visitors, not {share_b} % of them"
            raise TargetError("weight-impossible", sentence, permanent=True)
        self._invoke({"swap": "b" if share_b else "a"})
        return ""

    def is_in_force(self, change: str) -> bool:  # noqa: ARG002 - the function tells no change's id
        """Will say yes: only time tells."""
        return True

    def foresee(self, green: Side, weights: Sequence[int]) -> tuple[tuple[PlannedCall, ...], tuple[Finding, ...]]:
        """Will list a swap for each weight, and ask the function what it finds now."""
        calls = tuple(
            PlannedCall("lambda:Invoke", f"{self._name} swaps to side {'b' if share_b(green, weight) else 'a'}")
            for weight in weights
        )
        seen = self.look()
        sentence = seen.message or f"{self._name} finds the two sides and nothing else"
        is_allowed = permissions.finding(self.clients, {self.function: ACTIONS})
        return calls, (Finding("swap", sentence, is_good=not seen.message), is_allowed)

    def _invoke(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        with told(f"Lambda to run {self._name}"):
            answer = self._client.invoke(FunctionName=self.function, Payload=json.dumps(event).encode())
            said = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError") or not isinstance(said, dict):
            reason = said.get("errorMessage", "no reason given") if isinstance(said, dict) else "no answer"
            # Also what it may not do: whoever mends its role need not start the rollout again.
            raise TargetError("function-failed", f"{self._name} failed: {str(reason)[:300]}", permanent=False)
        return said

    @property
    def _name(self) -> str:
        return f"function {self.function.rpartition(':')[2]}"

    @property
    def _client(self) -> Any:
        return self.clients("lambda")
