import pytest

from analytics.operations import serving
from tests.analytics import doses


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"query_has_spare": False, "query_slots": 1})
    return settings.STATE_DIR


@pytest.fixture
def lake(state_dir, tmp_path):
    """A shelf on which one snapshot of doses serves; it brings others beside it."""

    def bring(name, **how):
        return doses.bring(state_dir, tmp_path, name, **how)

    serving.serve(state_dir, doses.DATASET, revision=bring("first"))
    return bring
