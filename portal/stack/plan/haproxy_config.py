"""HAProxy's configuration for the portal itself; what an environment needs stands in its target."""

from collections.abc import Sequence
from pathlib import Path

from portal.configuration import Configuration
from portal.stack.plan import notebooks_config
from portal.stack.plan.ports import Ports
from releases.targets.onprem.config import Site
from releases.targets.onprem.haproxy import config as site_config

WEB_BACKEND = "be_portal_web"


def render(
    configuration: Configuration, ports: Ports, sites: Sequence[Site], *, socket: Path, state_file: Path, errors: Path
) -> str:
    """Will give the whole file: the portal's frontend, the metrics' one, and those of each environment."""
    parts = [
        site_config.render_global(socket=socket, state_file=state_file),
        site_config.render_defaults(),
        _portal(configuration, ports, has_sites=bool(sites)),
        _metrics(ports),
        _web(configuration, ports, errors),
        _events(ports),
        *notebooks_config.render(
            configuration, errors=errors, host=check_host(configuration), web=WEB_BACKEND, forgotten=_forget_claims()
        ),
        *([_insights(ports, sites[0])] if sites else []),
        *(site_config.render(site) for site in sites),
    ]
    return "\n".join(parts)


def _portal(configuration: Configuration, ports: Ports, *, has_sites: bool) -> str:
    scheme = "https" if configuration.is_https else "http"
    host = f"[{ports.host}]" if ":" in ports.host else ports.host
    return _section(
        "frontend fe_portal",
        f"bind {host}:{ports.portal}",
        # What a visitor writes into these headers is never believed.
        *_forget_claims(),
        "http-request set-header X-Forwarded-For %[src]",
        f"http-request set-header X-Forwarded-Proto {scheme}",
        "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
        "unique-id-format %[uuid]",
        "unique-id-header X-Request-ID",
        # A POST is delivered once; only what changes nothing is tried again elsewhere.
        "http-request disable-l7-retry unless METH_GET",
        *(["use_backend be_insights if { req.hdr(host),field(1,:),lower -m beg insights. }"] if has_sites else []),
        "http-request return status 404 content-type text/plain string Not.found if { path -m beg /metrics }",
        "use_backend be_portal_events if { path /events } or { path_beg /events/ }",
        *notebooks_config.routes(configuration.notebook_slots),
        f"default_backend {WEB_BACKEND}",
    )


def _forget_claims() -> tuple[str, ...]:
    # In lower case, as HAProxy holds header names: a pattern with capitals matches nothing.
    return (
        "http-request del-header x-forwarded- -m beg",
        "http-request del-header forwarded",
        "http-request del-header x-real-ip",
        "http-request del-header x-request-id",
    )


def _metrics(ports: Ports) -> str:
    return _section(
        "frontend fe_metrics",
        # For a Prometheus on this machine: on loopback, apart from the port that people reach.
        f"bind 127.0.0.1:{ports.metrics}",
        "http-request use-service prometheus-exporter if { path /metrics/haproxy }",
        "http-request return status 404 content-type text/plain string Not.found unless { path /metrics }",
        *_forget_claims(),
        "http-request disable-l7-retry unless METH_GET",
        f"default_backend {WEB_BACKEND}",
    )


def _web(configuration: Configuration, ports: Ports, errors: Path) -> str:
    scheme = "https" if configuration.is_https else "http"
    return _section(
        f"backend {WEB_BACKEND}",
        "balance leastconn",
        # A connection for each request: on a kept one a POST can meet a server that is just closing it.
        "option http-server-close",
        "load-server-state-from-file none",
        "option httpchk",
        f"http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host {check_host(configuration)} "
        f"hdr X-Forwarded-Proto {scheme}",
        "http-check expect status 200",
        f'errorfile 503 "{errors / "503.http"}"',
        f'errorfile 502 "{errors / "503.http"}"',
        "default-server check check-send-proxy send-proxy-v2 inter 1s fall 2 rise 1 fastinter 200ms downinter 200ms "
        "observe layer4 error-limit 1 on-error mark-down",
        *(f"server web-{letter} 127.0.0.1:{port}" for letter, port in zip("ab", ports.web, strict=False)),
    )


def _events(ports: Ports) -> str:
    return _section(
        "backend be_portal_events",
        "load-server-state-from-file none",
        # A stream says something every few seconds, or is dead; nothing on the way may hold its lines back.
        "no option http-buffer-request",
        "timeout server 1h",
        "timeout tunnel 1h",
        "http-response set-header X-Accel-Buffering no",
        f"server events 127.0.0.1:{ports.events} check inter 1s fall 2 rise 1 fastinter 200ms downinter 200ms",
    )


def _insights(ports: Ports, site: Site) -> str:
    return _section(
        "backend be_insights",
        "load-server-state-from-file none",
        # Through the site's own port, so that one place decides between blue and green.
        f"server site {reachable(ports.host)}:{site.live.port}",
    )


def reachable(host: str) -> str:
    """Will give the address by which this machine reaches what listens on `host`."""
    if host == "0.0.0.0":  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host


def check_host(configuration: Configuration) -> str:
    """Will give a host name that Django answers, for HAProxy's own look at /healthz."""
    first = next((host.strip() for host in configuration.allowed_hosts.split(",") if host.strip()), "localhost")
    return "localhost" if first == "*" else first.removeprefix(".")


def _section(head: str, *lines: str) -> str:
    return "\n".join([head, *(f"    {line}" for line in lines), ""])
