import socket
from collections.abc import Iterator

import pytest

from portal.configuration import Configuration
from portal.stack.plan import ports
from portal.stack.trouble import Trouble


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_taken_port_names_its_setting_and_what_to_do(taken: int) -> None:
    planned = ports.plan(Configuration(port=taken, internal_port=19500))
    with pytest.raises(Trouble) as caught:
        ports.refuse_taken({"PORTAL_PORT": planned.named()["PORTAL_PORT"]})
    assert str(caught.value) == (
        f"Port {taken} is taken by another program (PORTAL_PORT). Nothing was started. "
        "Stop what uses it, or set another one, for example: PORTAL_PORT=9000 make run. See docs/settings.md."
    )


def test_free_ports_pass() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        free = holder.getsockname()[1]
    ports.refuse_taken({"PORTAL_PORT": ("127.0.0.1", free)})


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(Trouble, match=r"can't be opened on 192\.0\.2\.1"):
        ports.refuse_taken({"PORTAL_PORT": ("192.0.2.1", 19501)})


def test_two_settings_with_one_port_are_refused() -> None:
    with pytest.raises(Trouble, match="Port 8001 is wanted twice: by PORTAL_PORT and by PORTAL_INSIGHTS_PORT"):
        ports.plan(Configuration(port=8001))


def test_redis_of_ones_own_needs_no_port() -> None:
    planned = ports.plan(Configuration(redis_url="redis://cache.internal:6379/0"))
    assert planned.redis is None


def test_one_web_worker_needs_one_server() -> None:
    assert len(ports.plan(Configuration(web_workers=1)).web) == 1
    assert len(ports.plan(Configuration(web_workers=2)).web) == 2
