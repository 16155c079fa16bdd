import pytest

from releases.rules.observation import Health
from releases.targets.onprem import view
from releases.targets.onprem.launchers.base import Phase, Status

COPIES = ("a1", "a2")
OLD = [Status("a1", Phase.RUNNING, 100), Status("a2", Phase.RUNNING, 100)]
YOUNG = [Status("a1", Phase.STARTING, 0.2), Status("a2", Phase.RUNNING, 0.9)]


def judge(up, statuses, by_hand=()):
    return view.judge(COPIES, up=up, by_hand=by_hand, statuses=statuses, young_s=1.0)


@pytest.mark.parametrize(
    ("up", "statuses", "health"),
    [
        (COPIES, OLD, Health.HEALTHY),
        (COPIES, None, Health.HEALTHY),  # the launcher is silent: HAProxy's word counts
        (COPIES, YOUNG, Health.STARTING),  # what was checked may be the release before
        (COPIES, [], Health.UNHEALTHY),  # somebody else answers at our ports
        ((), YOUNG, Health.STARTING),
        ((), OLD, Health.UNHEALTHY),
        (("a1",), OLD, Health.UNHEALTHY),
        (("a1",), [OLD[0], YOUNG[1]], Health.STARTING),
        ((), None, Health.STARTING),
        ((), [OLD[0], Status("a2", Phase.FAILED)], Health.UNHEALTHY),
        (COPIES, [OLD[0], Status("a2", Phase.STOPPING, 100)], Health.UNHEALTHY),
    ],
)
def test_how_a_side_does(up, statuses, health):
    assert judge(up, statuses).health is health


def test_a_copy_that_is_given_up_makes_green_failed():
    found = judge(("a1",), [OLD[0], Status("a2", Phase.FAILED, message="Exited too quickly")])
    assert found.is_failed
    assert "a2 ended" in found.message
    assert found.sentence == "1 of 2 copies answer"


def test_a_hand_on_a_copy_is_told():
    found = judge(("a1",), OLD, by_hand=("a2",))
    assert found.health is Health.UNHEALTHY
    assert found.message == "a2 taken out of service by hand"
