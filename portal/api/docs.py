"""The browsable description, under the portal's own Content-Security-Policy: no inline script or style."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class Schema(SpectacularAPIView):
    """OpenAPI 3, made from the code that answers."""


class Docs(SpectacularSwaggerSplitView):
    """Swagger's pages from this machine; its script comes from the same address with ?script=."""

    url_name = "api:schema"
    template_name = "api/docs.html"
