"""What leaves this process for AWS in each second of the account's time, beside AWS's limits."""

from collections import Counter, deque
from collections.abc import Iterator

from bench.ground.aws_stage import Crew
from bench.result import Row
from portal.aws import pace

SERVICES = ("codedeploy", "ecs", "elbv2", "ecr", "iam", "cloudwatch", "service-quotas")
MINUTE_S = 60


class Outgoing:
    """A crew's calls from now on, by service and by "service.Operation"; the pace goes by the same seconds."""

    def __init__(self, crew: Crew) -> None:
        self._now, self._began = crew.now, crew.now()
        self._seconds: dict[int, Counter[str]] = {}
        crew.account.pace_by(self._second)
        for service in SERVICES:
            # Last: what the pace refuses doesn't leave.
            crew.client(service).meta.events.register_last("before-send", self._note)

    def rows(self) -> list[Row]:
        """Will give each API's most calls beside what is taken at once, and a service's beside what is for long."""
        names = sorted({name for counts in self._seconds.values() for name in counts})
        return [row for name in names for row in self._rows_of(name)]

    def _rows_of(self, name: str) -> Iterator[Row]:
        service, _, operation = name.partition(".")
        rate = pace.RATES.get(name) or pace.RATES.get(service)
        busiest, samples = self._most(name, within_s=1), len(self._seconds)
        yield Row(f"{name}: busiest second", busiest, "calls", samples, rate.burst if rate else None)
        if rate and not operation:
            a_second = self._most(name, within_s=MINUTE_S) / MINUTE_S
            yield Row(f"{name}: busiest minute", a_second, "calls/s", samples, rate.per_s)

    def _most(self, name: str, *, within_s: int) -> int:
        """The most calls in any `within_s` seconds on end."""
        window: deque[int] = deque(maxlen=within_s)
        most = 0
        for second in range(max(self._seconds) + 1):
            window.append(self._seconds.get(second, Counter())[name])
            most = max(most, sum(window))
        return most

    def _second(self) -> float:
        return (self._now() - self._began).total_seconds()

    def _note(self, event_name: str, **_: object) -> None:
        service, operation = event_name.split(".")[1:]
        self._seconds.setdefault(int(self._second()), Counter()).update((service, f"{service}.{operation}"))
