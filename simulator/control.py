"""The address by which a person or a test turns the clock, plants faults and reads the journal; AWS has none such."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from simulator.faults import Fault
from simulator.world import WORLD

PREFIX = "/simulator/"
Body = Mapping[str, Any]


def answer(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Will answer GET and POST below PREFIX with JSON."""
    name = environ["PATH_INFO"].removeprefix(PREFIX).strip("/")
    verb = VERBS.get(name)
    if verb is None:
        return _json(start_response, 404, {"error": f"There is no {name!r}; there are {', '.join(VERBS)}."})
    length = int(environ.get("CONTENT_LENGTH") or 0)
    try:
        body = json.loads(environ["wsgi.input"].read(length) or b"{}")
        return _json(start_response, 200, verb(body))
    except (TypeError, ValueError, KeyError) as error:
        return _json(start_response, 400, {"error": f"That can't be read: {error}."})


def register(name: str, verb: Callable[[Body], Any]) -> None:
    """Will answer PREFIX + `name` with what `verb` makes of the JSON that was sent."""
    VERBS[name] = verb


def _json(start_response: Callable[..., Any], status: int, value: Any) -> Iterable[bytes]:
    raw = json.dumps(value, default=str).encode()
    start_response(f"{status} -", [("Content-Type", "application/json"), ("Content-Length", str(len(raw)))])
    return [raw]


def _clock(body: Body) -> Any:
    if "speed" in body:
        with WORLD.lock:
            WORLD.clock.run_at(float(body["speed"]))
    if "advance_s" in body:
        WORLD.advance(timedelta(seconds=float(body["advance_s"])))
    return {"now": WORLD.now().isoformat(), "speed": WORLD.clock.speed, "next_in_s": WORLD.schedule.next_in()}


def _faults(body: Body) -> Any:
    if body.get("clear"):
        WORLD.faults.clear()
    elif body:
        WORLD.faults.add(Fault.from_json(body))
    return [vars(fault) for fault in WORLD.faults.standing]


def _journal(body: Body) -> Any:
    if body.get("clear"):
        WORLD.journal.clear()
    return {"counts": WORLD.journal.counts(), "calls": [call.to_json() for call in WORLD.journal.calls[-200:]]}


def _reset(body: Body) -> Any:  # noqa: ARG001 - one signature
    WORLD.reset()
    return {}


def _violations(body: Body) -> Any:  # noqa: ARG001 - one signature
    return WORLD.violations


VERBS: dict[str, Callable[[Body], Any]] = dict(
    MappingProxyType(
        {"clock": _clock, "faults": _faults, "journal": _journal, "reset": _reset, "violations": _violations}
    )
)
