from pathlib import Path

import pytest

from releases.targets.onprem import config
from releases.targets.onprem.config import Address, Side, SiteError
from releases.targets.onprem.haproxy import config as balancer

GOOD = {
    "live": {"host": "127.0.0.1", "port": 1},
    "preview": {"host": "::1", "port": 2},
    "copy_ports": {"a": [3, 4], "b": [5, 6]},
}


def read(**changes):
    return config.read("shop-production", {**GOOD, **changes}, folder=Path("/var/shop"))


def test_it_reads_what_is_given_and_fills_in_the_rest():
    site = config.read(
        "shop",
        {**GOOD, "drain_s": 5},
        folder=Path("/f"),
        defaults={"drain_s": 9, "environment": {"A": "b"}},
    )
    assert site.live == Address("127.0.0.1", 1)
    assert site.copy_ports[Side.B] == (5, 6)
    assert (site.drain_s, site.environment) == (5, {"A": "b"})
    assert site.preview_url == "http://[::1]:2/"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"live": "here"}, "live is an object with host and port"),
        ({"live": {"host": "a b", "port": 1}}, "the host is an address"),
        ({"live": {"host": "x\nbackend y", "port": 1}}, "the host is an address"),
        ({"live": {"host": "x", "port": 0}}, "a port is a whole number"),
        ({"live": {"host": "x", "port": True}}, "a port is a whole number"),
        ({"copy_ports": {"a": [3, 4]}}, "copy_ports is an object"),
        ({"copy_ports": {"a": [3], "b": [5, 6]}}, "side a has 2 to 16 copies"),
        ({"copy_ports": {"a": [3, 4], "b": [4, 6]}}, "4 stands twice"),
        ({"command": "gunicorn {port}"}, "command is a list of words"),
        ({"command": ["gunicorn"]}, "must say {port}"),
        ({"environment": {"A B": "c"}}, "no name of an environment variable"),
        ({"environment": {"A": 1}}, "A must be a text"),
        ({"health_path": "/x\n    server evil"}, "health_path is a path"),
        ({"drain_s": -1}, "drain_s is a whole number from 0 to 3600"),
        ({"drain_s": "20"}, "drain_s is a whole number"),
        ({"is_https": "yes"}, "is_https is true or false"),
        ({"reads": ["relative"]}, "reads is a list of absolute paths"),
        ({"colour": "blue"}, "knows no colour"),
    ],
)
def test_it_says_the_first_mistake(changes, said):
    with pytest.raises(SiteError, match=said):
        read(**changes)


def test_it_says_what_is_missing():
    with pytest.raises(SiteError, match="needs live and preview and copy_ports"):
        config.read("shop", {}, folder=Path("/f"))
    with pytest.raises(SiteError, match="object of names"):
        config.read("shop", [], folder=Path("/f"))


@pytest.mark.parametrize("name", ["", "-x", "a b", "../up", "a\nb", "a.b"])
def test_a_name_that_could_break_out_is_refused(name):
    with pytest.raises(SiteError, match="can't name an environment"):
        config.read(name, GOOD, folder=Path("/f"))


def test_a_secret_is_not_repeated():
    with pytest.raises(SiteError) as caught:
        read(environment={"KEY": ["hunter2"]})
    assert "hunter2" not in str(caught.value)


def test_the_lines_that_keep_a_reload_and_a_dying_copy_from_dropping_requests_are_there():
    text = balancer.render_global(socket=Path("/run/h.sock"), state_file=Path("/run/state"))
    text += balancer.render_defaults() + balancer.render(read())
    for line in (
        "stats socket /run/h.sock mode 600 level admin expose-fd listeners",
        "server-state-file /run/state",
        "load-server-state-from-file global",
        "option idle-close-on-response",
        "timeout tunnel 1h",
        "timeout check 3s",
        "option http-server-close",
        "option redispatch 1",
        "retry-on conn-failure empty-response",
        "http-request disable-l7-retry unless METH_GET",
        "check inter 500ms fall 2 rise 1 observe layer4 error-limit 2 on-error mark-down",
        "bind [::1]:2",
    ):
        assert line in text
