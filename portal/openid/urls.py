"""The provider's addresses, under the names by which the library finds them; its other pages have none."""

from django.urls import path
from django.views.decorators.cache import never_cache
from oauth2_provider.views import (
    ConnectDiscoveryInfoView,
    JwksInfoView,
    OAuthServerMetadataView,
    RevokeTokenView,
    UserInfoView,
)

from portal.openid.views import Authorize, Tokens, go_on, when_on

app_name = "oauth2_provider"
urlpatterns = [
    path("authorize/", never_cache(when_on(Authorize.as_view())), name="authorize"),
    path("go-on/", when_on(go_on), name="go-on"),
    path("token/", when_on(Tokens.as_view()), name="token"),
    path("revoke/", when_on(RevokeTokenView.as_view()), name="revoke-token"),
    path("userinfo/", when_on(UserInfoView.as_view()), name="user-info"),
    path(
        ".well-known/openid-configuration",
        when_on(ConnectDiscoveryInfoView.as_view()),
        name="oidc-connect-discovery-info",
    ),
    path(
        ".well-known/oauth-authorization-server",
        when_on(OAuthServerMetadataView.as_view()),
        name="oauth-server-metadata",
    ),
    path(".well-known/jwks.json", when_on(JwksInfoView.as_view()), name="jwks-info"),
]
