"""Every process of a rollout is killed after each of its changes, however events come: lost, doubled, late, reordered.

At each of these deaths another process goes on. There is one right end, and AWS does nothing twice.
"""

import pytest

from tests.releases.operations.kills import lives
from tests.releases.operations.kills.lives import DOUBLED, LATE, LOST, REORDERED, Lives
from tests.releases.operations.kills.scenes import OnCodeDeploy, OnEcs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[OnCodeDeploy, OnEcs], ids=["codedeploy", "ecs"])
def scene(request, account):
    return request.param(account)


@pytest.fixture(params=[LOST, DOUBLED, LATE, REORDERED])
def lived(request, db, scene, monkeypatch):
    return Lives.on(scene, request.param, monkeypatch)


def test_promotions(lived):
    done = {name.rpartition(":")[2] for name, times in lived.scene.promoted.items() if times}
    assert lives.every_promotion(lived) >= {"COMMIT", "UPDATE", *done}


def test_rollbacks(lived):
    assert lives.every_rollback(lived) >= {"COMMIT", "UPDATE", lived.scene.stop}
