"""The same on environments with two sides: a name before two services of CodeDeploy's, and a function that swaps.

Of these no event tells: the tick alone finds what happened.
"""

import pytest

from releases.rules.states import State
from tests.releases.operations.kills import lives
from tests.releases.operations.kills.lives import LOST, Lives
from tests.releases.operations.kills.scenes import OnASwap, OnTwoServices

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def name(db, account, monkeypatch):
    return Lives.on(OnTwoServices(account), LOST, monkeypatch)


@pytest.fixture
def swapped(db, account, monkeypatch, tmp_path):
    made = Lives.on(OnASwap(account, tmp_path), LOST, monkeypatch)
    # At first nothing serves at either side.
    made.begin("1.0.0", at=0)
    made.until(State.READY)
    made.promote()
    made.until(State.SUCCEEDED)
    return made


def test_promotions_of_a_name_before_two_services(name):
    assert lives.every_promotion(name) >= {"COMMIT", "CreateDeployment", "ContinueDeployment", name.scene.stop}


def test_rollbacks_of_a_name_before_two_services(name):
    assert lives.every_rollback(name) >= {"COMMIT", name.scene.stop}


def test_promotions_by_a_swap(swapped):
    assert lives.every_promotion(swapped) >= {"COMMIT", "Invoke", "TagResource"}


def test_rollbacks_by_a_swap(swapped):
    assert lives.every_rollback(swapped) >= {"COMMIT", "Invoke", "TagResource"}
