"""What the tests of notebooks share: a portal with the sample, its door for notebooks, and who may run them."""

import contextlib
import shutil
from urllib.parse import urlsplit

import pytest

from portal import runtime_paths
from portal.accounts.permissions import Role
from tests import factories
from tests.analytics.conftest import real, sample_state  # noqa: F401 - fixtures
from tests.notebooks import portal


@pytest.fixture
def ana():
    return factories.user(Role.ANALYST, username="ana")


@pytest.fixture
def state_dir(settings, tmp_path, sample_state):  # noqa: F811 - a fixture
    """A state folder of the test's own in which the sample serves."""
    settings.STATE_DIR = tmp_path / "state"
    shutil.copytree(sample_state, settings.STATE_DIR, symlinks=True)
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"query_has_spare": False})
    runtime_paths.make_folders(settings.STATE_DIR)
    return settings.STATE_DIR


@pytest.fixture
def open_door(live_server, state_dir):
    """The portal answers behind the door through which fenced notebooks ask."""
    where = urlsplit(live_server.url)
    with contextlib.ExitStack() as opened:
        opened.enter_context(portal.door(runtime_paths.notebooks_door(state_dir), (where.hostname, where.port)))
        opened.enter_context(portal.answering())
        yield
