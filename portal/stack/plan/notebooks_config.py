"""What HAProxy does for notebooks: lets each person into their own server, and the servers to the data.

What runs in a notebook server is in its person's hand, so HAProxy trusts it with nothing: nobody else's request comes
to it, no session is shown to it, and what it answers can't touch the portal's own cookies.
"""

from pathlib import Path

from portal import runtime_paths
from portal.configuration import Configuration

# As notebooks.jupyter.names and notebooks.operations.tickets have it.
COOKIE = "verdigris_notebook"
# What a notebook's code may ask of the portal: its token bounds it further.
ASKED = ("/notebooks/whoami", "/api/v1/data/", "/api/v1/notebooks/pages/")
READ = ("/api/v1/rollouts/",)


def routes(slots: int) -> list[str]:
    """Will give the lines of the portal's frontend that lead to the servers."""
    return [f"use_backend be_notebook_{slot} if {{ path_beg /jupyter/{slot}/ }}" for slot in range(1, slots + 1)]


def render(configuration: Configuration, *, errors: Path, host: str, web: str, forgotten: tuple[str, ...]) -> list[str]:
    """Will give the servers' backends and the frontend through which they reach the portal."""
    slots = configuration.notebook_slots
    if not slots:
        return []
    backends = [_backend(configuration, slot, errors) for slot in range(1, slots + 1)]
    return [*backends, _door(configuration, host=host, web=web, forgotten=forgotten)]


def _backend(configuration: Configuration, slot: int, errors: Path) -> str:
    state_dir = configuration.state_dir
    page = errors / "notebook.http"
    ticket = f"req.cook({COOKIE})"
    return _section(
        f"backend be_notebook_{slot}",
        "load-server-state-from-file none",
        f"acl is_theirs {ticket},sha2(256),hex,map({runtime_paths.tickets_map(state_dir)},0) -m str {slot}",
        # A page leads to signing in; what a script asks is refused.
        f"http-request redirect code 302 location /notebooks/enter/{slot}/?next=%[url,url_enc] "
        "if !is_theirs METH_GET { req.hdr(accept) -m sub text/html }",
        "http-request deny deny_status 403 unless is_theirs",
        # A worker of that kind would stand between its person and the whole portal, for good.
        "http-request deny deny_status 403 if { req.hdr(service-worker) -m found }",
        f"http-request set-var(txn.ticket) {ticket}",
        "http-request set-var(txn.xsrf) req.cook(_xsrf)",
        f'http-request set-header Cookie "{COOKIE}=%[var(txn.ticket)]; _xsrf=%[var(txn.xsrf)]"',
        "http-request del-header Authorization",
        "http-response del-header Set-Cookie "
        "unless { res.fhdr_cnt(set-cookie) 1 } { res.fhdr(set-cookie) -m beg _xsrf= }",
        "http-response del-header Service-Worker-Allowed",
        # A kernel's channel says something every half a minute by itself; a large file may take a while.
        "timeout server 10m",
        "timeout tunnel 8h",
        # One that doesn't run is told at once; on a kept connection a request could meet it just closing.
        "retries 0",
        "option http-server-close",
        f'errorfile 502 "{page}"',
        f'errorfile 503 "{page}"',
        f"server server unix@{runtime_paths.notebook_socket(state_dir, slot)}",
    )


def _door(configuration: Configuration, *, host: str, web: str, forgotten: tuple[str, ...]) -> str:
    scheme = "https" if configuration.is_https else "http"
    return _section(
        "frontend fe_notebooks",
        # In a folder that nobody but the portal's user comes to, except from behind a notebook's fence.
        f"bind unix@{runtime_paths.notebooks_door(configuration.state_dir)} mode 666",
        *(f"acl is_asked path_beg {path}" for path in ASKED),
        *(f"acl is_read path_beg {path}" for path in READ),
        "http-request deny deny_status 404 unless is_asked or is_read METH_GET",
        *forgotten,
        f"http-request set-header Host {host}",
        f"http-request set-header X-Forwarded-Proto {scheme}",
        # A ticket tells who is at the browser; for everything else there is the token.
        "http-request del-header Cookie unless { path /notebooks/whoami }",
        "unique-id-format %[uuid]",
        "unique-id-header X-Request-ID",
        "http-request disable-l7-retry unless METH_GET",
        f"default_backend {web}",
    )


def _section(head: str, *lines: str) -> str:
    return "\n".join([head, *(f"    {line}" for line in lines), ""])
