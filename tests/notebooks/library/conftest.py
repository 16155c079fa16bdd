"""What the tests of `covid` share: a portal that answers, and a notebook's environment."""

import sys
from pathlib import Path

import pytest

from tests.notebooks import portal

LIBRARY = Path(__file__).parents[3] / "notebooks" / "library"
if str(LIBRARY) not in sys.path:
    sys.path.insert(0, str(LIBRARY))


@pytest.fixture
def kernel(live_server, state_dir, tmp_path, monkeypatch, ana):
    """The environment of a kernel of Ana's; gives the file with her token."""
    path = portal.write_token(ana, tmp_path / "token")
    monkeypatch.setenv("COVID_PORTAL", live_server.url)
    monkeypatch.setenv("COVID_TOKEN_FILE", str(path))
    with portal.answering():
        yield path
