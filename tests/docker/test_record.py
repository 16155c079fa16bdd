"""Recording a build's release: against the live portal, over a line on which answers get lost."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from portal import clock
from portal.accounts import tokens
from portal.accounts.permissions import Role, Scope
from portal.audit.models import Event
from releases.models import Release
from tests import factories
from tests.docker import programs

record = programs.load("record")
COMMIT = "5f2c9d6e" * 5
DIGEST = f"sha256:{'d' * 64}"
IMAGES = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/covid-insights"
BUILD = "covid-insights:0a1b2c3d"


class Line(ThreadingHTTPServer):
    """What stands between build and portal. `plan` says what happens to each request; when it is empty, they pass.

    "lost": the portal does it, and the answer never comes. A number: that is answered, and the portal never hears.
    """

    def __init__(self, portal: str, *plan: str | int, body: bytes = b"", **headers: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.portal, self.plan, self.body, self.headers = portal, list(plan), body, headers
        self.keys: list[str] = []
        self.pauses: list[float] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "Line":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Passing(BaseHTTPRequestHandler):
    server: Line

    def do_POST(self) -> None:
        self.server.keys.append(self.headers["Idempotency-Key"])
        fate = self.server.plan.pop(0) if self.server.plan else "pass"
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if isinstance(fate, int):
            self._answer(fate, self.server.body, self.server.headers)
            return
        status, body = self._ask(content)
        if fate == "pass":
            self._answer(status, body, {})

    def _ask(self, content: bytes) -> tuple[int, bytes]:
        headers = {name: self.headers[name] for name in ("Authorization", "Content-Type", "Idempotency-Key")}
        try:
            request = Request(self.server.portal + self.path, content, headers)  # noqa: S310 - the live portal's
            with urlopen(request) as answer:  # noqa: S310 - the same
                return answer.status, answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def build(live_server):
    factories.service(slug="covid-insights")
    owner = factories.user(Role.DEVELOPER)
    scopes = (Scope.READ, Scope.RECORD)
    _, token = tokens.make(owner=owner, name="build", scopes=scopes, valid_for=timedelta(hours=1), now=clock.now())
    return {
        "PORTAL_ADDRESS": live_server.url,
        "PORTAL_TOKEN": token,
        "SERVICE": "covid-insights",
        "RELEASE_VERSION": "1.4.0",
        "RELEASE_COMMIT": COMMIT,
        "IMAGE_REPOSITORY": IMAGES,
        "IMAGE_DIGEST": DIGEST,
        "CODEBUILD_BUILD_ID": BUILD,
    }


def run(environment, capsys, *, pauses=None):
    """The exit status, and what was printed."""
    status = record.main(environment, pause=[].append if pauses is None else pauses.append)
    printed = capsys.readouterr()
    assert environment.get("PORTAL_TOKEN") not in printed.out + printed.err
    return status, (printed.out + printed.err).strip()


def test_everything_that_is_known_is_recorded(build, capsys):
    factories.user(Role.DEVELOPER, username="dora")
    build |= {"RELEASE_AUTHOR": "dora", "RELEASE_CONFIGURATION": '{"PORTAL_TICK_S": "5"}'}

    status, said = run(build, capsys)

    release = Release.objects.get()
    assert (status, said) == (0, f"covid-insights 1.4.0 is recorded: {release.digest}")
    assert (release.commit, release.artifact) == (COMMIT, f"{IMAGES}@{DIGEST}")
    assert release.author.username == "dora"
    assert release.configuration == {"PORTAL_TICK_S": "5"}


def test_an_answer_that_was_lost_is_found_by_its_key(build, capsys):
    with Line(build["PORTAL_ADDRESS"], "lost", "lost", 503) as line:
        pauses = []
        status, said = run({**build, "PORTAL_ADDRESS": line.url}, capsys, pauses=pauses)

    assert status == 0
    assert "is recorded already; nothing changed" in said
    assert line.keys == [BUILD] * 4
    assert pauses == [0, 1, 2, 4]
    assert Release.objects.count() == Event.objects.filter(verb="record").count() == 1


@pytest.mark.parametrize("fate", [500, 503, 429])
def test_a_portal_that_cant_now_is_asked_five_times(build, capsys, fate):
    with Line(build["PORTAL_ADDRESS"], *[fate] * 5) as line:
        status, said = run({**build, "PORTAL_ADDRESS": line.url}, capsys)

    assert (status, len(line.keys)) == (75, 5)
    assert f"answered {fate}, so covid-insights 1.4.0 is not recorded yet. What serves is unchanged." in said


def test_a_portal_that_isnt_there(build, capsys):
    with Line("") as line:
        gone = line.url
    status, said = run({**build, "PORTAL_ADDRESS": gone}, capsys)

    assert status == 75
    assert f"{gone} did not answer ([Errno 111] Connection refused)" in said


def test_a_token_that_may_not(build, capsys):
    status, said = run({**build, "PORTAL_TOKEN": "not-set-yet"}, capsys)

    assert status == 75
    assert "does not let this build record (This token is unknown, expired or withdrawn." in said
    assert "with a token of the scope `record` in PORTAL_TOKEN" in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SERVICE": "unknown"}, "There is no service 'unknown'"),
        ({"RELEASE_VERSION": "1 4"}, "'1 4' is no version"),
        ({"IMAGE_DIGEST": "latest"}, "names no digest"),
        ({"RELEASE_CONFIGURATION": '{"low": "1"}'}, "'low' is no environment variable"),
    ],
)
def test_what_the_portal_refuses_is_said_in_its_words_and_asked_once(build, capsys, changed, sentence):
    with Line(build["PORTAL_ADDRESS"]) as line:
        status, said = run({**build, **changed, "PORTAL_ADDRESS": line.url}, capsys)

    assert (status, len(line.keys)) == (1, 1)
    assert sentence in said
    assert "What serves is unchanged." in said
    assert Release.objects.count() == 0


def test_a_version_is_one_image_for_ever(build, capsys):
    run(build, capsys)

    status, said = run({**build, "IMAGE_DIGEST": f"sha256:{'e' * 64}", "CODEBUILD_BUILD_ID": "another"}, capsys)

    assert status == 1
    assert "A release never changes: give the new one another version." in said
    assert Release.objects.get().artifact.endswith(DIGEST)


@pytest.mark.parametrize("status_", [301, 302, 307, 308])
def test_a_token_follows_no_redirect(build, capsys, status_):
    with Line("") as elsewhere, Line("", status_, Location=f"{elsewhere.url}/api/v1/releases/") as line:
        status, said = run({**build, "PORTAL_ADDRESS": line.url}, capsys)

    assert (status, elsewhere.keys) == (1, [])
    assert f"sends elsewhere ({elsewhere.url}/api/v1/releases/)" in said


def test_what_is_no_portal(build, capsys):
    with Line("", 200, body=b"<h1>Welcome</h1>") as line:
        status, said = run({**build, "PORTAL_ADDRESS": line.url}, capsys)

    assert (status, said) == (1, f"{line.url} is no portal: it answered something else. What serves is unchanged.")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SERVICE": "", "IMAGE_DIGEST": " "}, "SERVICE and IMAGE_DIGEST must be set."),
        ({"PORTAL_ADDRESS": "http://releases.example.org"}, "PORTAL_ADDRESS begins with https://"),
        ({"RELEASE_CONFIGURATION": "{"}, "RELEASE_CONFIGURATION is no JSON object of texts"),
        ({"RELEASE_CONFIGURATION": '{"A": 1}'}, "RELEASE_CONFIGURATION is no JSON object of texts"),
    ],
)
def test_what_cant_be_said_is_not_said(changed, sentence):
    given = {
        "PORTAL_ADDRESS": "https://releases.example.org",
        "PORTAL_TOKEN": "t",
        "SERVICE": "s",
        "RELEASE_VERSION": "1",
        "IMAGE_REPOSITORY": IMAGES,
        "IMAGE_DIGEST": DIGEST,
        **changed,
    }
    with pytest.raises(record.RefusedError, match=sentence):
        record.read(given)


def test_by_hand_the_image_is_the_key():
    given = dict.fromkeys(record.NEEDED, "x") | {"PORTAL_ADDRESS": "https://portal", "IMAGE_DIGEST": DIGEST}
    assert record.read(given).key == DIGEST
