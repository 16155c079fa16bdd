"""From another origin through the sign-in page and back, in Chromium, whose policy follows forms through redirects."""

import http.server
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.accounts.permissions import Role, Verb
from tests import factories
from tests.portal.openid.conftest import pem, provider, registered  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"


class Program(http.server.BaseHTTPRequestHandler):
    """Where the code arrives."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Arrived</title>")

    def log_message(self, *_):
        pass


@pytest.fixture
def program():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Program) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def sign_in(page, *roles):
    person = factories.user(*roles)
    person.set_password(PASSWORD)
    person.save()
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def asked(reader, program, provider):  # noqa: F811 - the fixture
    """A visitor, not signed in, whom the program sent to the portal."""
    hub = registered(redirect=f"{program}/callback", verb=Verb.RUN_NOTEBOOK)
    visitor = reader()
    visitor.context.clear_cookies()
    query = "&".join(f"{name}={value}" for name, value in hub.asking().items())
    visitor.open(f"/openid/authorize/?{query}")
    return visitor


def test_who_signs_in_arrives_at_the_program(asked, program):
    sign_in(asked.page, Role.ANALYST)
    asked.page.wait_for_url(f"{program}/callback**")
    assert asked.page.title() == "Arrived"
    assert {"code", "state", "iss"} == set(parse_qs(urlsplit(asked.page.url).query))
    assert asked.refused == []


def test_who_may_not_is_told_so_on_a_page_that_everybody_can_read(asked):
    sign_in(asked.page)
    asked.page.get_by_text("Your roles don't open jupyterhub").wait_for()
    asked.page.set_viewport_size({"width": 360, "height": 700})
    assert asked.faults() == []
