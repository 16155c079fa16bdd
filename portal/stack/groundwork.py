"""The part of preparation that needs Django, in a process of its own: `python -m portal.stack.groundwork`.

It leaves var/run/haproxy.cfg and ports.json behind, since only the database knows the environments.
"""

import json
import sys
from io import StringIO

import django
from django.core.management import CommandError, call_command

from portal import configuration as settings
from portal import runtime_paths
from portal.configuration import Configuration
from portal.stack.plan import files
from portal.stack.terminal import complain, say
from portal.stack.trouble import Trouble


def lay(configuration: Configuration) -> None:
    """Will bring database, static files, sample data and HAProxy's configuration to where the code is.

    Raises Trouble, CommandError.
    """
    say("Preparing the database …")
    call_command("migrate", interactive=False, verbosity=0)
    say("Collecting static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("data", "sample", if_none=True)
    call_command("demo", "rows")
    keep_accounts(configuration)
    write_haproxy(configuration)


def keep_accounts(configuration: Configuration) -> None:
    """Will make the sample's accounts and leave what is printed about them to the process that prints it.

    The passwords stand in the state folder's secrets already.
    """
    table = StringIO()
    call_command("demo", "accounts", stdout=table)
    files.write(runtime_paths.run_folder(configuration.state_dir) / "accounts.txt", table.getvalue())


def write_haproxy(configuration: Configuration) -> None:
    """Will write HAProxy's configuration, and the maps of each site as its target last asked.

    Raises Trouble when a copy's port is taken.
    """
    # After django.setup(): they read models.
    from portal.stack.plan import haproxy_config, ports, sites  # noqa: PLC0415
    from releases.targets.onprem import sides  # noqa: PLC0415
    from releases.targets.onprem.haproxy import traffic  # noqa: PLC0415

    planned = ports.plan(configuration)
    found = sites.listed(configuration)
    named = {**planned.named(), **sites.ports(found)}
    ports.refuse_twice(named)
    for site in found:
        site.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        traffic.write(site, sides.read(site.folder))
    run = runtime_paths.run_folder(configuration.state_dir)
    (run / "haproxy.state").touch(mode=0o600)
    runtime_paths.tickets_map(configuration.state_dir).touch(mode=0o600)
    text = haproxy_config.render(
        configuration,
        planned,
        found,
        socket=runtime_paths.haproxy_socket(configuration.state_dir),
        state_file=run / "haproxy.state",
        errors=run / "errors",
    )
    files.write(run / "haproxy.cfg", text)
    files.write(run / "ports.json", json.dumps(named, indent=2))


def main() -> int:
    """Will lay the groundwork and give the exit status."""
    configuration = settings.read()
    django.setup()
    try:
        lay(configuration)
    except (Trouble, CommandError) as error:
        complain(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
