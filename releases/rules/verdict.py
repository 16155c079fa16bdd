"""How green does against blue: running totals in, one verdict out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from releases.rules.policy import Policy


class Verdict(StrEnum):
    """No data is INCONCLUSIVE, never PASS."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Reading:
    """Running totals of one slot at one moment. Totals may start again at 0, as after a restart of the balancer."""

    at: datetime
    requests: int
    errors: int
    response_ms: float | None  # mean of the most recent answers, or None where there were none


@dataclass(frozen=True)
class Sample:
    """What one slot did within a window."""

    requests: int
    errors: int
    response_ms: float | None

    @property
    def error_percent(self) -> float | None:
        return 100 * self.errors / self.requests if self.requests else None


@dataclass(frozen=True)
class Check:
    """One measure's outcome, for the page and the ledger."""

    measure: str
    blue: float | None
    green: float | None
    unit: str
    verdict: Verdict
    sentence: str


@dataclass(frozen=True)
class Judgement:
    """All checks of a step and their sum: any FAIL fails, any INCONCLUSIVE holds."""

    checks: tuple[Check, ...]
    green: Sample
    blue: Sample

    @property
    def verdict(self) -> Verdict:
        verdicts = {check.verdict for check in self.checks}
        for worst in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            if worst in verdicts:
                return worst
        return Verdict.PASS if verdicts else Verdict.INCONCLUSIVE

    @property
    def sentence(self) -> str:
        return " ".join(check.sentence for check in self.checks if check.verdict is self.verdict)


def increase(readings: Sequence[Reading]) -> Sample:
    """Will sum what happened between the first and the last reading.

    A total that fell means that its counter started again: what it shows now is all new (as Prometheus counts).
    """
    requests = errors = 0
    for earlier, later in pairwise(readings):
        has_restarted = later.requests < earlier.requests or later.errors < earlier.errors
        requests += later.requests if has_restarted else later.requests - earlier.requests
        errors += later.errors if has_restarted else later.errors - earlier.errors
    return Sample(requests, errors, readings[-1].response_ms if readings and requests else None)


def judge(*, blue: Sample, green: Sample, policy: Policy, alarms: Sequence[str] = ()) -> Judgement:
    """Will compare green with blue over the same window; an alarm that rings fails green whatever was counted."""
    checks = [_volume(blue, green, policy), _errors(blue, green, policy), _latency(blue, green, policy)]
    if alarms:
        checks.append(Check("alarms", None, None, "", Verdict.FAIL, " ".join(alarms)))
    return Judgement(tuple(checks), green, blue)


def _volume(blue: Sample, green: Sample, policy: Policy) -> Check:
    enough = green.requests >= policy.min_requests and green.requests > 0
    sentence = f"Green has answered {green.requests} requests; a verdict needs {policy.min_requests}."
    verdict = Verdict.PASS if enough else Verdict.INCONCLUSIVE
    return Check("requests", blue.requests, green.requests, "", verdict, sentence)


def _errors(blue: Sample, green: Sample, policy: Policy) -> Check:
    rate, beside = green.error_percent, blue.error_percent
    if rate is None:
        return Check("errors", beside, None, "%", Verdict.INCONCLUSIVE, "Green has answered nothing yet.")
    limit = max(policy.max_error_percent, policy.max_error_ratio * (beside or 0.0))
    # Too many errors fail before there are enough requests to pass: what is left can't bring the rate down again.
    is_above = green.errors > limit / 100 * max(green.requests, policy.min_requests)
    certain = is_above and green.errors >= policy.min_errors
    compared = "no traffic" if beside is None else f"{beside:.1f} %"
    answered = f"Green answered {rate:.1f} % of {green.requests} requests with an error"
    sentence = f"{answered} (blue {compared}, limit {limit:.1f} %)."
    if certain:
        return Check("errors", beside, rate, "%", Verdict.FAIL, sentence)
    verdict = Verdict.PASS if green.requests >= policy.min_requests else Verdict.INCONCLUSIVE
    return Check("errors", beside, rate, "%", verdict, sentence)


def _latency(blue: Sample, green: Sample, policy: Policy) -> Check:
    time, beside = green.response_ms, blue.response_ms
    if time is None or green.requests < policy.min_requests:
        sentence = "Green has answered too little for a response time."
        return Check("response time", beside, time, "ms", Verdict.INCONCLUSIVE, sentence)
    if beside is None and time > policy.min_latency_ms:
        sentence = f"Green took {time:.0f} ms on average; blue has no traffic to compare it with."
        return Check("response time", None, time, "ms", Verdict.INCONCLUSIVE, sentence)
    limit = max(policy.min_latency_ms, policy.max_latency_ratio * (beside or 0.0))
    compared = "no traffic" if beside is None else f"{beside:.0f} ms"
    sentence = f"Green took {time:.0f} ms on average (blue {compared}, limit {limit:.0f} ms)."
    return Check("response time", beside, time, "ms", Verdict.FAIL if time > limit else Verdict.PASS, sentence)
