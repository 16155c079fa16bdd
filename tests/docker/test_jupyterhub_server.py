"""A server that a Hub starts: its token is in its file before it runs, and follows the Hub's."""

import http.server
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "docker" / "jupyterhub" / "server.py"
# Says what it found, as the server that it stands for would find it.
SERVER = "import os, pathlib; print(pathlib.Path(os.environ['COVID_TOKEN_FILE']).read_text(), os.getpid())"


class Hub(http.server.BaseHTTPRequestHandler):
    """Answers as JupyterHub does where a token may read its person's authentication state."""

    def do_GET(self):
        is_right = (self.path, self.headers["Authorization"]) == ("/hub/api/users/7", "token of-the-server")
        told = {"name": "7", "auth_state": {"access_token": "of-the-portal"} if is_right else None}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hub/api"
        server.shutdown()
        thread.join()


def run(url: str, file: Path, own: str = "of-the-server") -> subprocess.Popen[str]:
    known = {"JUPYTERHUB_API_URL": url, "JUPYTERHUB_USER": "7", "JUPYTERHUB_API_TOKEN": own}
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), sys.executable, "-c", SERVER],
        env={**os.environ, **known, "COVID_TOKEN_FILE": str(file)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def test_the_server_takes_the_place_of_the_program_and_finds_its_token(hub, tmp_path):
    file = tmp_path / "token"
    started = run(hub, file)
    try:
        # The process that renews holds the pipe as well: a line is read, not the end.
        assert started.stdout.readline().split() == ["of-the-portal", str(started.pid)]
        assert started.wait(timeout=20) == 0
    finally:
        os.killpg(started.pid, 9)
        started.stdout.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_without_a_token_there_is_no_server(hub, tmp_path):
    started = run(hub, tmp_path / "token", own="of-somebody-else")
    assert started.wait(timeout=20) != 0
    assert started.stdout.read() == ""
    started.stdout.close()
    assert not list(tmp_path.iterdir())
