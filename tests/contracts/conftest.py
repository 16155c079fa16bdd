import docker
import pytest

from tests.contracts.codedeploy import CodeDeployRig
from tests.contracts.composed import ComposedRig
from tests.contracts.ecs import EcsRig
from tests.contracts.onprem import OnPremRig, Stack
from tests.contracts.rigs import MemoryRig
from tests.contracts.sided import ListenerRig, Route53Rig, SwapRig

ONPREM = pytest.param("onprem", marks=pytest.mark.onprem)
RIGS = ("memory", ONPREM, "route53", "listener", "lambda_swap", "codedeploy", "ecs", "composed")


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


@pytest.fixture
def lambda_swap(account, tmp_path):
    return SwapRig(account, tmp_path)


@pytest.fixture
def codedeploy(account):
    return CodeDeployRig(account)


@pytest.fixture
def ecs(account):
    return EcsRig(account, strategy="LINEAR", step_percent=25)


@pytest.fixture
def composed(account):
    return ComposedRig(account)


@pytest.fixture(params=RIGS)
def rig(request):
    return MemoryRig() if request.param == "memory" else request.getfixturevalue(request.param)
