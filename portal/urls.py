"""The portal's addresses."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("portal.health.urls")),
    path("", include("portal.web.urls")),
    path("", include("releases.urls")),
    path("accounts/", include("portal.accounts.urls")),
    path("", include("analytics.urls")),
    path("insights/", include("analytics.site_urls")),
    path("", include("notebooks.urls")),
    path("openid/", include("portal.openid.urls")),
    path("ledger/", include("portal.audit.urls")),
    path("api/v1/data/", include("analytics.api.http.urls")),
    path("api/v1/", include("releases.api.urls")),
    path("api/v1/", include("portal.api.urls")),
    path("admin/", admin.site.urls),
]
