from releases.rules import foresight
from releases.rules.foresight import Finding, Foresight, PlannedCall

CALLS = (PlannedCall("codedeploy:ContinueDeployment", "d-1"), PlannedCall("codedeploy:ContinueDeployment", "d-1 again"))


def test_the_digest_changes_with_the_plan_each_call_and_their_order():
    given = foresight.digest("sha256:plan", CALLS)
    assert given == foresight.digest("sha256:plan", tuple(CALLS))
    others = {
        foresight.digest("sha256:other", CALLS),
        foresight.digest("sha256:plan", CALLS[:1]),
        foresight.digest("sha256:plan", CALLS[::-1]),
        foresight.digest("sha256:plan", ()),
    }
    assert given not in others
    assert len(others) == 4


def test_only_what_is_no_good_and_blocks_stands_against_promoting():
    bad = Finding("image", "The image is not in the repository", is_good=False)
    look = Finding("blue", "Blue is sick", is_good=False, is_blocking=False)
    assert Foresight(CALLS, (bad, look, Finding("ok", "Fine", is_good=True))).obstacles == (bad,)


def test_what_is_kept_is_read_again():
    found = Foresight(CALLS, (Finding("ok", "Fine", is_good=True),))
    assert foresight.from_json(foresight.to_json(found)) == found
