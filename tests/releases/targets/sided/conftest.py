import pytest

from tests.contracts.sided import ListenerRig, Route53Rig


@pytest.fixture
def route53(account):
    return Route53Rig(account)


@pytest.fixture
def listener(account):
    return ListenerRig(account)


@pytest.fixture(params=["route53", "listener"])
def rig(request):
    return request.getfixturevalue(request.param)
