"""Fleet, waiting, service, release, environment and freezes: what they say, what their forms do, how lists go on."""

import re
from datetime import timedelta

import pytest

from portal import clock
from portal.accounts.permissions import Role
from releases.models import Approval, Environment, Freeze, Release, Rollout
from releases.rules.policy import Policy
from releases.rules.states import State
from tests import factories
from tests.releases.views.conftest import environment, rollout, signed_in

pytestmark = pytest.mark.django_db


def text_of(client, page, **data):
    return client.get(page, data).content.decode()


def test_the_fleet_answers_what_serves_and_what_waits_for_whom(approver):
    rollout(State.READY)
    text = text_of(approver, "/")
    assert "Everything serves" in text
    assert "1 rollout waits for you." in text
    assert "For you: Waits for an approver who did not write it: 0 of 1 approvals are given." in text
    assert "blue 1.0.0" in text


def test_the_author_is_not_asked_to_approve():
    author = factories.user(Role.APPROVER)
    made = rollout(State.READY)
    Release.objects.filter(pk=made.release_id).update(author=author)
    text = text_of(signed_in(user=author), "/waiting/")
    assert "Nothing waits for you" in text
    assert "For others, or moving" in text


def test_an_approver_who_approved_is_asked_to_promote(approver):
    made = rollout(State.READY)
    approver.post(f"/rollouts/{made.pk}/approve/", {"note": ""})
    assert "For you: Green is up; waits for an approver or an operator to promote it." in text_of(approver, "/")


def test_an_approval_for_another_plan_does_not_count(approver):
    made = rollout(State.READY)
    approver.post(f"/rollouts/{made.pk}/approve/", {"note": ""})
    Approval.objects.update(plan_digest="sha256:other")
    assert "0 of 1 approvals are given" in text_of(approver, "/")


def test_a_failed_rollback_comes_first_and_says_so(approver):
    rollout(State.READY)
    rollout(State.ROLLBACK_FAILED)
    text = text_of(approver, "/waiting/")
    assert text.index("The rollback failed") < text.index("0 of 1 approvals")
    assert "A rollback failed in" in text_of(approver, "/")


def test_the_count_in_the_menu(approver, viewer):
    rollout(State.READY)
    assert 'class="count">1<' in text_of(approver, "/waiting/count/")
    assert 'class="count"' not in text_of(viewer, "/waiting/count/")


def test_releases_go_on_after_the_last_one_shown(viewer):
    place = environment(service=factories.service(slug="shop"))
    for number in range(60):
        factories.release(place.service, f"2.{number}.0")
    seen, page = [], "/services/shop/"
    for _ in range(10):
        text = text_of(viewer, page)
        seen += re.findall(r'releases/([\d.]+)/"', text)
        further = re.search(r'href="([^"]+before=\d+)"', text)
        if further is None:
            break
        page = further.group(1)
    assert len(seen) == len(set(seen)) == 62
    assert seen[0] == "2.59.0"


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²"])
def test_a_wrong_place_in_a_list_is_its_beginning(viewer, before):
    environment(service=factories.service(slug="shop"))
    assert "1.0.0" in text_of(viewer, "/services/shop/", before=before)


def test_a_release_is_compared_with_what_serves_where_one_asks(viewer):
    service = factories.service(slug="shop")
    environment(service=service, name="production")
    newer = factories.release(service, "1.5.0", configuration={"A": "1"})
    environment_ = factories.environment(service=service, name="staging", position=9)
    Environment.objects.filter(pk=environment_.pk).update(serving=newer, serving_since=clock.now())
    assert "This is what serves" in text_of(viewer, "/services/shop/releases/1.5.0/")
    assert "against 1.0.0" in text_of(viewer, "/services/shop/releases/1.5.0/", against="production")


def test_a_rollout_is_opened_by_a_form(developer):
    place = environment(service=factories.service(slug="shop"))
    made = factories.release(place.service, "1.1.0")
    answer = developer.post("/services/shop/releases/1.1.0/open/", {"environment": "production"})
    assert answer["Location"] == f"/rollouts/{Rollout.objects.get(release=made).pk}/"


def test_what_serves_is_not_rolled_out_again(developer):
    environment(service=factories.service(slug="shop"))
    answer = developer.post("/services/shop/releases/1.0.0/open/", {"environment": "production"})
    assert answer.status_code == 409
    assert "already serves" in answer.content.decode()
    assert not Rollout.objects.exists()


def test_a_viewer_opens_nothing(viewer):
    environment(service=factories.service(slug="shop"))
    assert viewer.post("/services/shop/releases/0.9.0/open/", {"environment": "production"}).status_code == 403


class TestEnvironment:
    page = "/services/shop/environments/production/"

    @pytest.fixture
    def place(self):
        return environment(service=factories.service(slug="shop"))

    def test_it_rolls_back_to_what_served_before(self, place, developer):
        assert "not measured yet" in text_of(developer, self.page)
        answer = developer.post(f"{self.page}roll-back/")
        made = Rollout.objects.get()
        assert answer["Location"] == f"/rollouts/{made.pk}/"
        assert (made.release, made.kind) == (place.previous, "rollback")

    @pytest.mark.parametrize("address", ["/services/shop/", page])
    def test_while_green_has_traffic_the_way_back_is_to_blue(self, place, developer, address):
        moving = rollout(State.SHIFTING, place, asked=10, seen=10)
        text = text_of(developer, address)
        assert re.search(r"Roll back<small>\s*(to|all traffic to) blue 1\.0\.0", text)
        developer.post(f"{self.page}roll-back/")
        assert moving.requests.get().verb == "roll_back"

    def test_a_viewer_does_not(self, place, viewer):
        assert viewer.post(f"{self.page}roll-back/").status_code == 403
        assert 'aria-disabled="true"' in text_of(viewer, self.page)

    def test_a_lock_has_a_reason_and_is_lifted_with_a_note(self, place, operator):
        assert operator.post(f"{self.page}lock/", {"reason": " "}).status_code == 409
        assert operator.post(f"{self.page}lock/", {"reason": "Inventory"}).status_code == 302
        assert "Inventory" in text_of(operator, "/")
        assert operator.post(f"{self.page}lift/", {"note": ""}).status_code == 409
        assert operator.post(f"{self.page}lift/", {"note": "Counted"}).status_code == 302
        place.refresh_from_db()
        assert place.locked_at is None

    def test_its_rollouts_go_on(self, place, viewer):
        for number in range(30):
            rollout(State.SUCCEEDED, place, release=factories.release(place.service, f"3.{number}.0"))
        first = text_of(viewer, self.page)
        further = re.search(r'href="([^"]+before=\d+)"', first).group(1)
        rest = text_of(viewer, further)
        assert len(re.findall(r'href="/rollouts/\d+/"', first)) == 25
        assert len(re.findall(r'href="/rollouts/\d+/"', rest)) == 5

    def test_a_freeze_shows_with_its_end(self, place, viewer):
        now = clock.now()
        Freeze.objects.create(
            environment=place, reason="Figures", starts=f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}",
            ends=f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}", time_zone="UTC", set_at=now, set_by="Olga",
        )  # fmt: skip
        assert "Frozen until" in text_of(viewer, "/")
        rollout(State.READY, place)
        Environment.objects.filter(pk=place.pk).update(policy_json={**place.policy_json, "approvals_needed": 0})
        assert "waits for the end of the freeze" in text_of(viewer, "/")


class TestFreezes:
    wanted = {
        "reason": "Holidays",
        "starts": "2030-12-24T18:00",
        "ends": "2030-12-27T08:00",
        "time_zone": "Europe/Berlin",
    }

    def test_one_is_set_and_lifted(self, operator):
        assert operator.post("/freezes/", self.wanted).status_code == 302
        freeze = Freeze.objects.get()
        assert (freeze.starts, freeze.environment) == ("2030-12-24T18:00", None)
        assert "Holidays" in text_of(operator, "/freezes/")
        operator.post(f"/freezes/{freeze.pk}/lift/")
        freeze.refresh_from_db()
        assert freeze.lifted_at is not None

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"ends": "2030-12-24T17:00"}, "ends after it starts"),
            ({"is_weekly": "on", "ends": "2031-01-24T17:00"}, "shorter than a week"),
            ({"time_zone": "Mars/Base"}, "Select a valid choice"),
            ({"reason": ""}, "required"),
            ({"starts": "soon"}, "valid date"),
        ],
    )
    def test_what_makes_no_sense_is_said_beside_its_field(self, operator, wrong, said):
        answer = operator.post("/freezes/", {**self.wanted, **wrong})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert "Holidays" in answer.content.decode() or "reason" in wrong
        assert not Freeze.objects.exists()

    def test_a_developer_sets_none_and_lifts_none(self, developer, operator):
        assert developer.post("/freezes/", self.wanted).status_code == 403
        operator.post("/freezes/", self.wanted)
        developer.post(f"/freezes/{Freeze.objects.get().pk}/lift/")
        assert Freeze.objects.get().lifted_at is None


def test_times_are_in_the_readers_zone(db):
    reader = factories.user()
    reader.time_zone = "Asia/Tokyo"
    reader.save()
    made = rollout(State.READY, environment(policy=Policy()), opened_at=factories.NOW)
    text = text_of(signed_in(user=reader), f"/rollouts/{made.pk}/")
    assert 'title="Sun 22 Nov 2026, 21:00:00 JST"' in text
    assert 'datetime="2026-11-22T12:00:00+00:00"' in text


class TestAdmin:
    @pytest.fixture
    def admin(self):
        person = factories.user(Role.OPERATOR)
        person.is_staff = person.is_superuser = True
        person.save()
        return signed_in(user=person)

    @pytest.mark.parametrize("model", ["rollout", "deployment", "approval", "request", "release", "freeze"])
    def test_nothing_that_moves_a_rollout_is_there(self, admin, model):
        assert admin.get(f"/admin/releases/{model}/").status_code == 404

    def test_an_environment_changes_name_place_and_address_only(self, admin):
        place = environment()
        place.refresh_from_db()
        data = {
            "name": "prod",
            "position": "3",
            "address": "http://x/",
            "serving": "",
            "locked_at_0": "2026-01-01",
            "plan_json": "{}",
        }
        assert admin.post(f"/admin/releases/environment/{place.pk}/change/", data).status_code == 302
        after = Environment.objects.get(pk=place.pk)
        assert (after.name, after.position, after.address) == ("prod", 3, "http://x/")
        assert (after.serving, after.locked_at, after.plan_json) == (place.serving, None, place.plan_json)
        assert admin.get("/admin/releases/environment/add/").status_code == 403
        assert admin.post(f"/admin/releases/environment/{place.pk}/delete/").status_code == 403

    def test_who_gave_a_role_is_kept(self, admin):
        other = factories.user()
        page = f"/admin/accounts/user/{other.pk}/change/"
        assert admin.get(page).status_code == 200
        data = {
            "username": other.username, "time_zone": "UTC", "is_active": "on", "date_joined_0": "2026-01-01",
            "date_joined_1": "00:00", "grants-TOTAL_FORMS": "1", "grants-INITIAL_FORMS": "0",
            "grants-0-role": "approver", "grants-0-user": other.pk,
        }  # fmt: skip
        answer = admin.post(page, data)
        assert answer.status_code == 302, answer.content.decode()
        assert other.grants.get().granted_by == admin.user
