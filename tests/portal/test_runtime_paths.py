import os
import shutil
import socket
from pathlib import Path

import pytest

from portal import runtime_paths


def test_sockets_lie_in_the_run_folder(tmp_path: Path) -> None:
    short = tmp_path.parent / "s"
    runtime_paths.make_folders(short)
    assert runtime_paths.supervisor_socket(short) == short.resolve() / "run" / "supervisor.sock"


def test_a_long_state_folder_gets_a_short_private_place_for_its_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path.parent))
    deep = tmp_path / ("long" * 20)
    runtime_paths.make_folders(deep)
    monkeypatch.delenv("XDG_RUNTIME_DIR")  # another process needs no such variable to find it
    path = runtime_paths.haproxy_socket(deep)
    assert len(os.fsencode(path)) <= runtime_paths.LONGEST_SOCKET
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    shutil.rmtree(path.parent)


def test_a_link_in_place_of_the_short_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path / "b"
    base.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    deep = tmp_path / ("long" * 20)
    runtime_paths.make_folders(deep)
    (made,) = base.iterdir()
    shutil.rmtree(made)
    made.symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="is a link"):
        runtime_paths.make_folders(deep)


def test_the_state_folder_is_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    runtime_paths.make_folders(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
