"""Finds what is named at the terminal."""

from releases.api import representations
from releases.models import Environment, Release, Service
from releases.operations.refusal import Missing


def environment_named(place: str) -> Environment:
    """Will find the environment written as SERVICE/ENVIRONMENT. Raises Missing with the names that there are."""
    service, _, name = place.partition("/")
    return representations.environment_row(service, name)


def service_named(slug: str) -> Service:
    """Will find the service. Raises Missing with the names that there are."""
    service = Service.objects.filter(slug=slug).first()
    if service is None:
        known = ", ".join(Service.objects.values_list("slug", flat=True)[:20]) or "none yet"
        raise Missing(f"There is no service {slug!r}. The services are: {known}.")
    return service


def release_of(service: Service, version: str) -> Release:
    """Will find the release. Raises Missing."""
    release = Release.objects.filter(service=service, version=version).first()
    if release is None:
        raise Missing(f"{service.slug} has no release {version!r}. `release list --service {service.slug}` shows them.")
    return release
