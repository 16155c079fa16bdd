"""The environments on this machine, as HAProxy has to know them before it starts. Needs Django."""

from collections.abc import Sequence

from portal.configuration import Configuration
from portal.stack.terminal import complain
from releases.models import Environment
from releases.targets import registry
from releases.targets.base import TargetError
from releases.targets.onprem.config import Side, Site


def listed(configuration: Configuration) -> list[Site]:
    """Will give every on-premises environment whose configuration can be used, the one on the insights port first."""
    found = []
    for environment in Environment.objects.filter(target="onprem").select_related("service"):
        try:
            found.append(registry.site_for(environment.slug, environment.target_config))
        except TargetError as error:
            complain(f"{error.message}. It is left out: nothing serves it. Correct it and start again.")
    return sorted(found, key=lambda site: site.live.port != configuration.insights_port)


def ports(sites: Sequence[Site]) -> dict[str, tuple[str, int]]:
    """Will give the ports that each site opens beyond those that the settings name, named by it."""
    named = {}
    for site in sites:
        for port in (port for side in Side for port in site.copy_ports[side]):
            named[f"copy_ports of {site.name}, counted up to {port}"] = ("127.0.0.1", port)
    for site in sites[1:]:
        named[f"live of {site.name}"] = (site.live.host, site.live.port)
        named[f"preview of {site.name}"] = (site.preview.host, site.preview.port)
    return named
