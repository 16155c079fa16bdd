"""What runs on this machine: one entry for each supervised process."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal import runtime_paths
from portal.configuration import BASE_DIR, Configuration
from portal.stack.plan.binaries import Binary
from portal.stack.plan.ports import Ports

THREADS = 8
CELERY = (sys.executable, "-m", "celery", "--app", "portal", "--workdir", str(BASE_DIR), "--quiet")


@dataclass(frozen=True)
class Program:
    """One supervised process. They are started by rising `priority`, and stopped the other way round.

    One `is_on_demand` waits until it is asked for, and when it ends by itself as it should, it has ended.
    """

    name: str
    command: tuple[str, ...]
    priority: int
    stop_wait_s: int = 10
    is_on_demand: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def list_all(
    configuration: Configuration, ports: Ports, *, haproxy: Binary, redis: Binary | None
) -> tuple[Program, ...]:
    """Will give every process of the platform; copies of released applications come from their launcher."""
    run = runtime_paths.run_folder(configuration.state_dir)
    programs = [Program("haproxy", (str(haproxy.path), "-W", "-db", "-f", str(run / "haproxy.cfg")), 1000)]
    if redis is not None:
        programs.append(Program("redis", (str(redis.path), str(run / "redis.conf")), 10))
    programs += _web(configuration, ports, run)
    programs.append(_events(ports, run))
    programs += _celery()
    programs += _notebooks(configuration)
    if configuration.sample_visitors_per_s > 0:
        programs.append(_visitors(configuration, ports))
    return tuple(sorted(programs, key=lambda program: (program.priority, program.name)))


def _web(configuration: Configuration, ports: Ports, run: Path) -> list[Program]:
    # Two masters, so that one can be restarted or killed while HAProxy hands everything to the other.
    workers = configuration.web_workers
    shares = [workers - workers // 2, workers // 2] if len(ports.web) > 1 else [workers]
    return [
        Program(
            f"web-{letter}",
            (
                *(sys.executable, "-m", "gunicorn", "portal.wsgi:application", "--chdir", str(BASE_DIR)),
                *("--bind", f"127.0.0.1:{port}", "--workers", str(share)),
                *("--worker-class", "gthread", "--threads", str(THREADS)),
                # A worker that was killed is back in the time of a fork.
                "--preload",
                # HAProxy opens a connection for each request, so that a POST never meets one that is just closing.
                *("--keep-alive", "0", "--timeout", "60", "--graceful-timeout", "10", "--no-control-socket"),
                # REMOTE_ADDR is the visitor's, told by HAProxy in a way that no visitor can write himself.
                *("--proxy-protocol", "v2", "--proxy-allow-from", "127.0.0.1"),
                *("--log-config-json", str(run / "logging.json")),
            ),
            50,
            stop_wait_s=15,
        )
        for letter, port, share in zip("ab", ports.web, shares, strict=False)
    ]


def _events(ports: Ports, run: Path) -> Program:
    return Program(
        "events",
        (
            *(sys.executable, "-m", "uvicorn", "portal.asgi:application", "--app-dir", str(BASE_DIR)),
            *("--host", "127.0.0.1", "--port", str(ports.events), "--workers", "1", "--lifespan", "off"),
            *("--proxy-headers", "--forwarded-allow-ips", "127.0.0.1", "--no-access-log"),
            # Streams never end by themselves; browsers come back to the new process with Last-Event-ID.
            *("--timeout-graceful-shutdown", "1", "--log-config", str(run / "logging.json")),
        ),
        55,
        stop_wait_s=5,
    )


def _celery() -> list[Program]:
    return [
        _worker("rollouts", priority=60, pool="prefork", at_once=2),
        # What waits for AWS waits here, never in the way of a rollback.
        _worker("pipelines", priority=61, pool="prefork", at_once=1),
        # A query that takes long must never delay a rollback either. What computes runs in a process of its own.
        _worker("queries", "data", priority=62, pool="threads", at_once=4),
        # A run of a notebook may take a quarter of an hour.
        _worker("notebooks", priority=63, pool="prefork", at_once=1),
        # The schedule is in the code, so none is kept on disk that a kill could break.
        Program("beat", (*CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", ""), 70),
    ]


def _worker(*queues: str, priority: int, pool: str, at_once: int) -> Program:
    return Program(
        f"worker-{queues[0]}",
        (
            *(*CELERY, "worker", "--queues", ",".join(queues), "--hostname", f"{queues[0]}@%h"),
            *("--pool", pool, "--concurrency", str(at_once)),
            # Workers have nothing to tell each other; what matters is in the database.
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        priority,
        # What has begun may end; longer than its limit no look at a rollout takes.
        stop_wait_s=30,
    )


def _notebooks(configuration: Configuration) -> list[Program]:
    return [
        Program(
            f"notebook-{slot}", (sys.executable, "-m", "notebooks.jupyter.launch", str(slot)), 80, is_on_demand=True
        )
        for slot in range(1, configuration.notebook_slots + 1)
    ]


def _visitors(configuration: Configuration, ports: Ports) -> Program:
    host = "127.0.0.1" if ports.host in {"0.0.0.0", "::"} else ports.host  # noqa: S104 - compared, not bound
    return Program(
        "visitors",
        (
            *(sys.executable, str(Path(__file__).parents[1] / "visitors.py"), "--host", host),
            *("--port", str(ports.insights), "--per-second", str(configuration.sample_visitors_per_s)),
        ),
        1001,
        stop_wait_s=3,
    )
