"""Programs that may take their sign-in from the portal."""

from urllib.parse import urlsplit

from django.db import models
from oauth2_provider.models import AbstractApplication

from portal.accounts.models import User
from portal.accounts.permissions import Verb, may


class Client(AbstractApplication):
    """A program that an operator registered; `verb` is what a person must be allowed to do to sign in to it."""

    verb = models.CharField(max_length=24, blank=True)

    class Meta(AbstractApplication.Meta):
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        constraints = [models.UniqueConstraint(fields=["name"], name="client_once_per_name")]

    def is_open_to(self, person: User) -> bool:
        """Will tell whether the person may sign in here, and whether what they got here counts."""
        return person.is_active and (not self.verb or may(person.roles, Verb(self.verb)))

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Will tell whether codes go there. The library lets any port of 127.0.0.1 through; here the whole counts."""
        return uri in self.redirect_uris.split()

    def get_allowed_schemes(self) -> list[str]:
        """Will give the schemes of its own addresses: http only where that was registered, on one machine."""
        return [urlsplit(uri).scheme for uri in self.redirect_uris.split()]

    def allows_grant_type(self, *grant_types: str) -> bool:
        """Will allow the authorization code and what follows from it, whatever its row says."""
        return self.GRANT_AUTHORIZATION_CODE in grant_types
