import os
from pathlib import Path

import pytest

from portal.stack.plan import binaries
from portal.stack.trouble import Trouble


def put(folder: Path, name: str, says: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path


def test_a_new_haproxy_on_path_is_taken(path: Path) -> None:
    put(path, "haproxy", "HAProxy version 3.0.5-1 2025/01/01 - https://haproxy.org/")
    found = binaries.find(binaries.HAPROXY)
    assert found.path == path / "haproxy"
    assert found.version == (3, 0, 5)
    assert str(found) == "haproxy 3.0.5 from PATH"


def test_an_old_haproxy_is_passed_over_for_the_wheel(path: Path) -> None:
    put(path, "haproxy", "HA-Proxy version 2.2.9-2+deb11u6 2023/12/15 - https://haproxy.org/")
    found = binaries.find(binaries.HAPROXY)
    assert found.is_from_wheel
    assert found.version >= (2, 6)


def test_old_redis_is_passed_over_for_new_valkey(path: Path) -> None:
    put(path, "redis-server", "Redis server v=5.0.14 sha=00000000:0 malloc=jemalloc-5.1.0 bits=64 build=1")
    put(path, "valkey-server", "Valkey server v=8.1.0 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=2")
    found = binaries.find(binaries.REDIS)
    assert (found.name, found.version, found.is_from_wheel) == ("valkey-server", (8, 1, 0), False)


def test_a_program_that_fails_is_passed_over(path: Path) -> None:
    put(path, "redis-server", "Illegal instruction")
    put(path, "valkey-server", "")
    assert binaries.find(binaries.REDIS).is_from_wheel


def test_nothing_found_is_one_clear_sentence(path: Path) -> None:
    put(path, "haproxy", "HAProxy version 1.8.0 2017")
    absent = binaries.Wanted("HAProxy", ("haproxy",), "-v", (2, 6), lambda: str(path / "absent"), "haproxy")
    with pytest.raises(
        Trouble, match=r"HAProxy 2\.6 or newer was not found \(haproxy on PATH is 1\.8\.0\)\. Nothing was"
    ):
        binaries.find(absent)
