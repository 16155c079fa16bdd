"""HAProxy's configuration as text: the lines that let a switch, a reload or a dying copy drop nothing.

Every line that is here for a measured reason says it. Nothing is read from or written to the disk here.
"""

from collections.abc import Sequence
from pathlib import Path

from releases.targets.onprem.config import Address, Side, Site

SPLIT_KEY = "share_b"  # of 10,000: the share of the visitors that side b gets
PREVIEW_KEY = "green"  # a, b or none
BASIS_POINTS = 10_000
NONE = "none"

# On a kept connection that dies, HAProxy closes the visitor's without a word, and his browser sends the POST again
# (22 of 26 in a test; with this all were told 502). It costs a connection for each request, on loopback.
FRESH_CONNECTIONS = ("option http-server-close",)
COMPRESSED = (
    "text/html text/css text/plain text/csv application/javascript text/javascript application/json image/svg+xml"
)
PAGE = (
    "<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title>"
    "<meta name='viewport' content='width=device-width'><h1>{title}</h1><p>{text}</p></html>"
)
NO_GREEN = PAGE.format(
    title="No green release now",
    text="There is no candidate to look at. The live address serves as always.",
)
NOT_UP = PAGE.format(
    title="Nothing serves here now",
    text="No release has a copy that answers at this address. The portal says why; try again in a moment.",
)


def render_global(*, socket: Path, state_file: Path, max_connections: int = 4000) -> str:
    """Will give the global section: one master that reloads without losing a connection or what was asked."""
    return _section(
        "global",
        "master-worker",
        f"maxconn {max_connections}",
        # A new worker takes the listening sockets over from the old one.
        f"stats socket {socket} mode 600 level admin expose-fd listeners",
        "stats timeout 10s",
        # Without it every reload went back to what the file says about servers (measured).
        f"server-state-file {state_file}",
        # An old worker that still holds a stream may not live for ever.
        "hard-stop-after 10m",
    )


def render_defaults() -> str:
    """Will give the defaults of every frontend and backend."""
    return _section(
        "defaults",
        "mode http",
        "timeout connect 2s",
        "timeout client 60s",
        "timeout server 60s",
        "timeout http-request 10s",
        "timeout http-keep-alive 60s",
        "timeout queue 10s",
        "timeout tunnel 1h",
        # A reload lost 1,181 of 48,001 POSTs on kept connections without it, and none with it.
        "option idle-close-on-response",
        "option dontlognull",
        "load-server-state-from-file global",
        "retries 3",
        "option redispatch 1",
        "retry-on conn-failure empty-response",
    )


def render(site: Site) -> str:
    """Will give the frontends and backends of one environment."""
    parts = [_live(site), _preview(site), _empty(site)]
    parts += [_backend(site, side) for side in Side]
    parts += [_preview_backend(site, side) for side in Side]
    return "\n".join(parts)


def backend(site: Site, side: Side) -> str:
    """Will give the name of the backend that holds `side`'s copies."""
    return f"be_{site.name}_{side}"


def copy_names(site: Site, side: Side) -> tuple[str, ...]:
    """Will give the names under which HAProxy knows the copies of `side`."""
    return tuple(f"{side}{number}" for number in range(1, len(site.copy_ports[side]) + 1))


def _live(site: Site) -> str:
    max_age_s = site.visitor_days * 24 * 3600
    secure = "; Secure" if site.is_https else ""
    return _section(
        f"frontend fe_{site.name}",
        f"bind {_at(site.live)}",
        f"maxconn {site.max_connections}",
        *_forwarded(site),
        *_green(site),
        # Visitors are told apart by a random name in a cookie; its hash decides, so nobody changes colour within a step
        # and a roll-back moves all of them.
        "http-request set-var(txn.vid) req.cook(vid)",
        "acl is_known var(txn.vid) -m reg ^[0-9a-f-]{36}$",
        "http-request set-var(txn.new) bool(true) unless is_known",
        "http-request set-var(txn.vid) uuid if { var(txn.new) -m bool }",
        f"http-request set-var(txn.place) var(txn.vid),xxh32,mod({BASIS_POINTS})",
        f"http-request set-var(txn.share) str({SPLIT_KEY}),map_str_int({site.split_map},0)",
        "acl is_for_b var(txn.place),sub(txn.share) lt 0",
        "http-request set-var(txn.side) str(a)",
        "http-request set-var(txn.side) str(b) if is_for_b",
        "http-response add-header Set-Cookie "
        f'"vid=%[var(txn.vid)]; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}" '
        "if { var(txn.new) -m bool }",
        f"use_backend be_{site.name}_%[var(txn.green)]_preview if {{ req.hdr(X-Preview) -i green }}",
        f"use_backend be_{site.name}_%[var(txn.side)]",
        f"default_backend be_{site.name}_none_preview",
    )


def _preview(site: Site) -> str:
    return _section(
        f"frontend fe_{site.name}.preview",
        f"bind {_at(site.preview)}",
        f"maxconn {site.max_connections}",
        *_forwarded(site),
        *_green(site),
        f"use_backend be_{site.name}_%[var(txn.green)]_preview",
        f"default_backend be_{site.name}_none_preview",
    )


def _forwarded(site: Site) -> Sequence[str]:
    # What a visitor writes into these headers is never believed.
    return (
        # HAProxy holds names in small letters, and a match other than by name minds the case.
        "http-request del-header x-forwarded- -m beg",
        "http-request del-header forwarded",
        "http-request del-header x-real-ip",
        "http-request set-header X-Forwarded-For %[src]",
        f"http-request set-header X-Forwarded-Proto {'https' if site.is_https else 'http'}",
        "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
        # A POST to a copy that died while it answered was delivered four times without it (measured).
        "http-request disable-l7-retry unless METH_GET",
    )


def _green(site: Site) -> Sequence[str]:
    return (f"http-request set-var(txn.green) str({PREVIEW_KEY}),map_str({site.preview_map},{NONE})",)


def _empty(site: Site) -> str:
    return _section(f"backend be_{site.name}_none_preview", f"http-request return {_answer(NO_GREEN)}")


def _backend(site: Site, side: Side) -> str:
    return _section(
        f"backend {backend(site, side)}",
        "balance leastconn",
        *FRESH_CONNECTIONS,
        "compression algo gzip",
        f"compression type {COMPRESSED}",
        # A dead copy refuses at once and is found by that; one that is only busy must not be taken for dead.
        "timeout check 3s",
        "option httpchk",
        f"http-check send meth GET uri {site.health_path} ver HTTP/1.1 hdr Host localhost",
        "http-check expect status 200",
        f"http-error {_answer(NOT_UP)}",
        f"default-server check inter {site.check_ms}ms fall 2 rise 1 observe layer4 error-limit 2 on-error mark-down "
        f"maxconn {site.copy_connections}",
        *_servers(site, side),
    )


def _preview_backend(site: Site, side: Side) -> str:
    """Looks at green count apart, so that a measure of green sees visitors only."""
    return _section(
        f"backend {backend(site, side)}_preview",
        "balance leastconn",
        *FRESH_CONNECTIONS,
        f"http-error {_answer(NOT_UP)}",
        *(
            f"{server} track {backend(site, side)}/{name} maxconn {site.copy_connections}"
            for name, server in zip(copy_names(site, side), _servers(site, side), strict=True)
        ),
    )


def _servers(site: Site, side: Side) -> Sequence[str]:
    pairs = zip(copy_names(site, side), site.copy_ports[side], strict=True)
    return [f"server {name} 127.0.0.1:{port}" for name, port in pairs]


def _answer(page: str) -> str:
    headers = "hdr Cache-Control no-store hdr Retry-After 5"
    return f'status 503 content-type "text/html; charset=utf-8" string "{page}" {headers}'


def _at(address: Address) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


def _section(head: str, *lines: str) -> str:
    return "\n".join([head, *(f"    {line}" for line in lines), ""])
