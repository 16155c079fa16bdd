from datetime import UTC, datetime
from threading import Event

from portal.health.probes import Finding, State
from portal.health.readiness import Board

T0 = datetime(2026, 1, 1, tzinfo=UTC)
T1 = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
WELL, ILL = Finding(State.UP, "Fine."), Finding(State.DOWN, "Gone.")


def test_since_is_when_the_state_was_first_seen() -> None:
    said = [WELL]
    board = Board({"part": lambda: said[0]})
    assert board.look(now=T0)["part"].since == T0
    assert board.look(now=T1)["part"].since == T0
    said[0] = ILL
    assert board.look(now=T1)["part"].since == T1


def test_a_probe_that_hangs_holds_nobody_up_and_is_not_asked_twice() -> None:
    release, calls = Event(), []

    def hang() -> Finding:
        calls.append(1)
        release.wait(10)
        return WELL

    board = Board({"slow": hang, "quick": lambda: WELL}, limit_s=0.1)
    for _ in range(3):
        seen = board.look(now=T0)
        assert seen["quick"].finding == WELL
        assert seen["slow"].finding == Finding(State.DOWN, "It did not answer within 0.1 s.")
    assert len(calls) == 1
    release.set()


def test_a_probe_that_breaks_is_one_part_that_is_down() -> None:
    def broken() -> Finding:
        raise ZeroDivisionError

    seen = Board({"broken": broken, "other": lambda: WELL}).look(now=T0)
    assert seen["broken"].finding.sentence == "It could not be asked: ZeroDivisionError."
    assert seen["other"].finding.is_well
