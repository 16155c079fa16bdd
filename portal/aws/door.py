"""The door for libraries that make their clients themselves: they get the portal's, with its limits, pace and names."""

from dataclasses import dataclass
from typing import Any

from portal.aws import clients
from portal.aws.clients import Access


@dataclass(frozen=True)
class Door:
    """Stands where a library wants a boto3 session. Whatever it asks of a client, it gets the portal's own."""

    access: Access

    @property
    def region_name(self) -> str:
        """Where its clients work."""
        return self.access.region

    def client(self, service: str, **_: Any) -> Any:
        """Will give the client of `service`; what else was wished of it is the portal's to decide."""
        return clients.client(service, self.access)
