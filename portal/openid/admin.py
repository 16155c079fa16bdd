"""Nothing of the provider stands in Django's admin: what is done there would be missing in the ledger."""

from django.contrib import admin
from oauth2_provider import admin as registered
from oauth2_provider.models import AccessToken, Grant, IDToken, RefreshToken

from portal.openid.models import Client

__all__ = ["registered"]

for model in (Client, AccessToken, Grant, IDToken, RefreshToken):
    admin.site.unregister(model)
