import docker
import pytest

from tests.contracts.onprem import OnPremRig, Stack
from tests.contracts.rigs import MemoryRig


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


@pytest.fixture(params=["memory", pytest.param("onprem", marks=pytest.mark.onprem)])
def rig(request):
    return MemoryRig() if request.param == "memory" else request.getfixturevalue("onprem")
