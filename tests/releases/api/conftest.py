"""Callers of the API by their roles."""

import pytest

from portal.accounts.permissions import Role
from tests.callers import Caller, caller_with

FOLDERS = ("releases", "pipelines", "hooks", "rollouts", "environments", "events")


@pytest.fixture
def developer(db: None) -> Caller:
    return caller_with(Role.DEVELOPER)


@pytest.fixture
def approver(db: None) -> Caller:
    return caller_with(Role.APPROVER)


@pytest.fixture
def operator(db: None) -> Caller:
    return caller_with(Role.OPERATOR)


@pytest.fixture
def viewer(db: None) -> Caller:
    return caller_with()
