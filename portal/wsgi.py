"""The WSGI entry: pages and API."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
# Every page's module, before the workers are forked: else each imports them all while its first visitor waits.
_ = get_resolver().url_patterns
