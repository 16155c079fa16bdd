"""The eight promises of dashboards (analytics/dashboards/base.py), for every adapter, and QuickSight's faults."""

from datetime import timedelta

import pytest

from analytics.dashboards.base import Check, DashboardError, RefreshState, Viewer
from simulator.faults import Kind
from tests.contracts.dashboards import ADA, BOB, DOMAIN, EmbeddedRig, QuickSightRig
from tests.factories import NOW

ROWS = {"viewer": "Europe", "analyst": "Asia, Africa", "operator": "*"}


@pytest.fixture
def quicksight(account):
    return QuickSightRig(account)


@pytest.fixture
def anonymous(account):
    return QuickSightRig(account, is_anonymous=True, rows=ROWS)


@pytest.fixture(params=["quicksight", "anonymous"])
def framed(request):
    return request.getfixturevalue(request.param).build()


@pytest.fixture(params=["embedded", "quicksight", "anonymous"])
def rig(request):
    return EmbeddedRig() if request.param == "embedded" else request.getfixturevalue(request.param).build()


def embed(rig, viewer=ADA, dashboard=""):
    return rig.dashboards.embed(dashboard or rig.shown[0], viewer=viewer, now=NOW)


def refused(rig, viewer=ADA):
    with pytest.raises(DashboardError) as caught:
        embed(rig, viewer)
    assert str(caught.value).count(". ") >= 2, "three parts"
    return caught.value


def test_what_may_be_seen_is_listed_by_name(rig):
    assert [one.id for one in rig.dashboards.listed(ADA)] == list(rig.shown)
    assert [one.name for one in rig.dashboards.listed(ADA)] == ["COVID-19 at a glance", "Vaccination"]


def test_an_embed_opens_for_a_while(rig):
    made = embed(rig)
    if rig.is_framed:
        assert made.address.startswith(f"{rig.dashboards.frames_from}/")
        assert made.domains == (DOMAIN,)
        assert (made.opens_until, made.ends_at) == (NOW + timedelta(minutes=5), NOW + timedelta(minutes=60))
        assert '"trouble": ""' in rig.open_frame(made.address)
    else:
        assert (made.address, made.opens_until, made.ends_at) == ("", None, None)
        assert rig.dashboards.frames_from == ""


def test_two_embeds_share_no_address_and_print_none(framed):
    first, second = embed(framed), embed(framed)
    assert first.address != second.address
    assert "https://" not in repr(first).replace(DOMAIN, "")
    assert '"trouble": ""' in framed.open_frame(first.address)
    assert '"trouble": "Forbidden"' in framed.open_frame(first.address)
    assert '"trouble": ""' in framed.open_frame(second.address)


def test_what_is_not_listed_is_not_embedded(rig):
    with pytest.raises(DashboardError) as caught:
        embed(rig, dashboard="another")
    assert caught.value.check == Check.DASHBOARD
    assert "another" in str(caught.value)


def test_a_refresh_is_begun_once_for_a_token(framed):
    assert [one.state for one in framed.dashboards.refreshes()] == [RefreshState.NEVER]
    for token in ("one", "one", "two"):
        framed.dashboards.refresh(token)
    begun = framed.account.calls("quicksight:CreateIngestion")
    assert [one.parameters["IngestionId"] for one in begun] == ["one", "two"]


def test_the_newest_refresh_is_told(framed):
    framed.dashboards.refresh("one")
    seen = []
    for seconds in (0, 10, 60):
        framed.account.advance(seconds=seconds)
        (one,) = framed.dashboards.refreshes()
        seen.append((one.name, one.token, one.state, one.rows))
    assert seen == [
        ("COVID-19", "one", RefreshState.WAITING, None),
        ("COVID-19", "one", RefreshState.RUNNING, None),
        ("COVID-19", "one", RefreshState.DONE, 1_000_000),
    ]
    framed.dashboards.refresh("two")
    assert [one.token for one in framed.dashboards.refreshes()] == ["two"]


def test_a_refresh_whose_answer_was_lost_was_begun(framed):
    framed.account.fault("quicksight:CreateIngestion", Kind.DROP_AFTER)
    assert [one.state for one in framed.dashboards.refresh("one")] == [RefreshState.WAITING]
    assert [one.token for one in framed.dashboards.refreshes()] == ["one"]


def test_nothing_is_copied_for_pages_of_our_own():
    rig = EmbeddedRig()
    assert (rig.dashboards.refresh("one"), rig.dashboards.refreshes()) == ((), ())


def test_a_data_set_that_is_read_directly_is_never_behind(quicksight):
    quicksight.build(mode="DIRECT_QUERY")
    assert quicksight.dashboards.refresh("one") == ()
    assert [one.state for one in quicksight.dashboards.refreshes()] == [RefreshState.DIRECT]


def test_only_what_is_shared_is_seen(quicksight):
    quicksight.build().register(BOB)
    assert quicksight.dashboards.listed(BOB) == ()
    assert refused(quicksight, BOB).check == Check.DASHBOARD


def test_what_the_portal_is_not_told_to_show_is_not_seen(account):
    rig = QuickSightRig(account, dashboards=("verdigris-overview",)).build()
    assert [one.id for one in rig.dashboards.listed(ADA)] == ["verdigris-overview"]


def test_who_is_no_user_is_named(quicksight):
    error = refused(quicksight.build(), BOB)
    assert error.check == Check.USER
    assert "no user readers/bob in the namespace default" in str(error)


@pytest.mark.parametrize("username", ["müller", "a", "a b", "a" * 65])
def test_a_name_that_does_not_fit_is_not_made_to_fit(account, username):
    rig = QuickSightRig(account, may_register=True).build()
    assert refused(rig, Viewer(username, "a@example.com", ADA.roles)).check == Check.USER
    assert len(account.calls("quicksight:RegisterUser")) == 1


def test_who_is_no_user_may_be_registered_as_a_reader(account):
    rig = QuickSightRig(account, may_register=True).build()
    assert rig.dashboards.listed(BOB) == ()
    (call,) = account.calls("quicksight:RegisterUser")[1:]
    assert (call.parameters["UserRole"], call.parameters["SessionName"]) == ("READER", "bob")
    rig.dashboards.listed(BOB)
    assert len(account.calls("quicksight:RegisterUser")) == 2
    assert refused(rig, Viewer("carl", "", BOB.roles)).check == Check.USER


def test_a_registration_whose_answer_was_lost_stands(account):
    rig = QuickSightRig(account, may_register=True).build()
    account.fault("quicksight:RegisterUser", Kind.DROP_AFTER)
    assert rig.dashboards.listed(BOB) == ()


def test_a_plan_that_lacks_embedding_is_named(framed):
    framed.plan(is_enterprise=False)
    error = refused(framed)
    assert error.check == Check.PLAN
    assert "Enterprise" in str(error)


def test_a_plan_that_lacks_anonymous_embedding_is_named(anonymous):
    anonymous.build().plan(has_capacity=False)
    error = refused(anonymous)
    assert error.check == Check.PLAN
    assert "capacity pricing" in str(error)


def test_a_missing_permission_is_named(framed):
    for one in ("GenerateEmbedUrlForRegisteredUser", "GenerateEmbedUrlForAnonymousUser"):
        framed.account.fault(f"quicksight:{one}", code="AccessDeniedException", message="not authorized", status=403)
    error = refused(framed)
    assert error.check == Check.PERMISSION
    assert "PORTAL_QUICKSIGHT_ROLE_ARN" in str(error)


def test_an_account_that_does_not_answer_is_told(framed):
    framed.account.fault("quicksight:*", times=None)
    assert refused(framed).check == Check.SERVICE


def test_rows_are_those_of_any_of_ones_roles(anonymous):
    anonymous.build()
    assert '"tags": {"continent": "Africa,Asia,Europe"}' in anonymous.open_frame(embed(anonymous).address)
    everything = Viewer("otto", "", frozenset({"viewer", "operator"}))
    assert '"tags": {"continent": "*"}' in anonymous.open_frame(embed(anonymous, everything).address)


def test_who_has_no_rows_sees_nothing(anonymous):
    error = refused(anonymous.build(), Viewer("dora", "", frozenset({"developer"})))
    assert error.check == Check.ROWS
    assert anonymous.account.calls("quicksight:GenerateEmbedUrlForAnonymousUser") == []
