"""The account's time: it runs, it is turned, and what is due happens at its own moment, in order."""

from datetime import timedelta

from simulator.clock import Clock, Schedule

HOURS_48 = 48 * 3600


def test_the_clock_runs_and_is_turned():
    clock = Clock(speed=0)
    began = clock.now()
    clock.advance(timedelta(hours=48))
    assert clock.now() - began == timedelta(hours=48)
    clock.run_at(1_000)
    assert clock.now() >= began + timedelta(hours=48)


def test_what_is_due_happens_in_its_order_and_at_its_own_moment():
    clock = Clock(speed=0)
    schedule = Schedule(clock)
    began = clock.now()
    seen = []

    def note(name):
        seen.append((name, (clock.now() - began).total_seconds()))

    schedule.after(HOURS_48, lambda: note("end"))
    schedule.after(10, lambda: (note("first"), schedule.after(5, lambda: note("second"))))
    schedule.after(10, lambda: note("also first"))
    assert schedule.next_in() == 10
    clock.advance(timedelta(seconds=HOURS_48))
    schedule.run_due()
    assert seen == [("first", 10), ("also first", 10), ("second", 15), ("end", HOURS_48)]
    assert schedule.next_in() is None


def test_what_is_not_due_waits():
    clock = Clock(speed=0)
    schedule = Schedule(clock)
    seen = []
    schedule.after(10, lambda: seen.append(1))
    clock.advance(timedelta(seconds=9))
    schedule.run_due()
    assert seen == []
    schedule.clear()
    clock.advance(timedelta(seconds=9))
    schedule.run_due()
    assert seen == []
