import docker
import pytest

from tests.contracts.onprem import OnPremRig, Stack
from tests.contracts.rigs import MemoryRig
from tests.contracts.sided import ListenerRig, Route53Rig


@pytest.fixture(scope="session")
def stack():
    stack = Stack()
    yield stack
    stack.close()


@pytest.fixture
def onprem(stack):
    yield OnPremRig(stack)
    stack.reset()


@pytest.fixture(scope="session")
def docker_client():
    try:
        client = docker.from_env(timeout=5)
        client.ping()
    except docker.errors.DockerException:
        pytest.skip("no Docker engine answers here")
    return client


@pytest.fixture
def route53(account):
    return Route53Rig(account)


@pytest.fixture
def listener(account):
    return ListenerRig(account)


@pytest.fixture(params=["memory", pytest.param("onprem", marks=pytest.mark.onprem), "route53", "listener"])
def rig(request):
    return MemoryRig() if request.param == "memory" else request.getfixturevalue(request.param)
