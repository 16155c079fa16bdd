"""What every test stands on. Nothing leaves this machine, nothing is written outside a folder of the test's own."""

import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

import portal.celery  # noqa: F401 - nudges go to the app of the tests' settings
from analytics.engines import memory as engine_memory
from portal.audit.models import Head
from portal.aws import clients
from portal.aws.pace import RATES
from releases.measures import memory as measure_memory
from releases.pipelines import memory as pipeline_memory
from releases.targets import memory as target_memory
from simulator.server import Simulator
from tests import account as accounts
from tests import chromium, triggers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are skipped by name where there is no Chromium."""
    if chromium.PATH is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="there is no Chromium on this machine"))


@pytest.fixture(scope="session", autouse=True)
def _state_dir() -> Iterator[None]:
    yield
    shutil.rmtree(settings.STATE_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def _fresh_targets() -> Iterator[None]:
    yield
    target_memory.forget_all()
    measure_memory.forget_all()
    pipeline_memory.forget_all()
    engine_memory.ENGINE.forget_all()


@pytest.fixture(autouse=True)
def _ledger_can_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests with real transactions end in a flush, which the ledger's triggers refuse: they are lifted for it."""
    is_transactional = any(name in request.fixturenames for name in ("transactional_db", "live_server")) or any(
        mark.kwargs.get("transaction") for mark in request.node.iter_markers("django_db")
    )
    if not is_transactional:
        yield
        return
    request.getfixturevalue("transactional_db")
    Head.objects.get_or_create(id=1)
    triggers.put(connection)
    yield
    triggers.lift(connection)


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> Iterator[None]:
    """Every connection of this process to anywhere but loopback fails at once."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        is_far = isinstance(address, tuple) and not str(address[0]).startswith(("127.", "localhost", "::1"))
        if is_far:
            raise OSError(f"Tests reach only this machine, not {address[0]}.")
        real(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    yield from accounts.serve()


@pytest.fixture
def account(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[accounts.Account]:
    """An empty AWS account; what it answered is held to botocore's models at the end."""
    for name, value in {**accounts.ENVIRONMENT, "AWS_ENDPOINT_URL": simulator.url}.items():
        monkeypatch.setenv(name, value)
    # Tests turn the account's clock, and ask in a second what takes hours: the pace has tests of its own.
    clients.pace_by({})
    simulator.world.reset()
    yield accounts.Account(simulator.url, simulator.world)
    simulator.world.settle()
    clients.pace_by(RATES)
    assert simulator.world.violations == []
