import pytest

from analytics.operations import serving
from tests.analytics import doses


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    return settings.STATE_DIR


@pytest.fixture
def bring(state_dir, tmp_path):
    """Will bring a file of doses in as a snapshot, and give its revision; nothing serves because of it."""
    return lambda name, **how: doses.bring(state_dir, tmp_path, name, **how)


@pytest.fixture
def serve(state_dir):
    return lambda revision: serving.serve(state_dir, doses.DATASET, revision=revision)
