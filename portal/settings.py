"""Django's settings, made from the configuration. Code reads `django.conf.settings`, never this module."""

from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF

from portal import configuration, logs, secrets_file

# Django's generic classes take their types at run time too: ModelAdmin[Service].
django_stubs_ext.monkeypatch()

CONFIGURATION = configuration.read()
BASE_DIR = configuration.BASE_DIR
STATE_DIR: Path = CONFIGURATION.state_dir
SURFACE = CONFIGURATION.surface
IS_PORTAL = SURFACE == "portal"

DEBUG = CONFIGURATION.debug
SECRET_KEY = secrets_file.read_or_make(STATE_DIR, "secret_key", CONFIGURATION.secret_key)
EMBED_KEY = secrets_file.read_or_make(STATE_DIR, "embed_key", CONFIGURATION.embed_key)
LEDGER_KEY = secrets_file.read_or_make(STATE_DIR, "ledger_key", CONFIGURATION.ledger_key)
ALLOWED_HOSTS = [host.strip() for host in CONFIGURATION.allowed_hosts.split(",") if host.strip()]

INSTALLED_APPS = ["analytics", "portal.web", "template_partials", "django.contrib.staticfiles"]
MIDDLEWARE = [
    "portal.health.door.name_the_host",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
CONTEXT_PROCESSORS = ["django.template.context_processors.request"]

if IS_PORTAL:
    ROOT_URLCONF = "portal.urls"
    INSTALLED_APPS = [
        "releases",
        "notebooks",
        "portal.health",
        "portal.openid",
        "portal.api",
        "portal.audit",
        "portal.accounts",
        *INSTALLED_APPS,
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.humanize",
        "rest_framework",
        "drf_spectacular",
        "drf_spectacular_sidecar",
        "axes",
        "oauth2_provider",
    ]
    MIDDLEWARE[4:4] = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    MIDDLEWARE.append("axes.middleware.AxesMiddleware")
    MIDDLEWARE.insert(0, "portal.logs.name_requests")
    CONTEXT_PROCESSORS += [
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]
else:
    # The released site: no database, no sessions, nobody signs in.
    ROOT_URLCONF = "analytics.site_urls"
    MIDDLEWARE.append("analytics.views.insights.faults.FaultMiddleware")

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT_PROCESSORS},
    }
]
ASGI_APPLICATION = "portal.asgi.application"
WSGI_APPLICATION = "portal.wsgi.application"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": dj_database_url.parse(CONFIGURATION.database_url or f"sqlite:///{STATE_DIR / 'portal.sqlite3'}")
}
if not IS_PORTAL:
    DATABASES = {}
elif DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Deferred transactions end in "database is locked" under two writers; these never did.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
else:
    # What the address says (sslmode, host) stays.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "releases:fleet"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_RESET_ON_SUCCESS = True

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

STATIC_URL = "static/"
# The released site serves each file from where its checkout has it: nothing is collected when a copy starts.
STATIC_ROOT = STATE_DIR / "static" if IS_PORTAL else None
# plotly.js comes out of the plotly package: one version for Python and the browser, nothing from a CDN.
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.web.finders.PlotlyFinder",
]
if IS_PORTAL and not DEBUG:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
WHITENOISE_USE_FINDERS = not IS_PORTAL

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "verdigris_session"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = CONFIGURATION.is_https
# A load balancer asks each task by its address, over HTTP, and takes a redirect for an illness.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if CONFIGURATION.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = CONFIGURATION.is_https
if not CONFIGURATION.is_https:
    # These four ask for HTTPS. On a machine's own loopback there is none; portal.W004 warns where people come from
    # elsewhere without it.
    SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]
# HAProxy, on loopback, is the only way in and sets this header itself.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.openid.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "portal.api.errors.answer",
    "URL_FORMAT_OVERRIDE": None,
}
# The portal as an OpenID provider (portal.openid): codes with PKCE alone, and nothing that RFC 9700 advises against.
OAUTH2_PROVIDER_APPLICATION_MODEL = "openid.Client"
OAUTH2_PROVIDER: dict[str, Any] = {
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": secrets_file.read(STATE_DIR, "openid_key", CONFIGURATION.openid_key),
    "OAUTH2_VALIDATOR_CLASS": "portal.openid.claims.Validator",
    "SCOPES": {
        "openid": "Who you are",
        "profile": "Your name and your roles",
        "query": "Ask the data in your name",
        "read": "Read what you may read",
    },
    "DEFAULT_SCOPES": ["openid"],
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "ID_TOKEN_EXPIRE_SECONDS": 3600,
    # After the access token's end: who doesn't come back within a session's length signs in again.
    "REFRESH_TOKEN_EXPIRE_SECONDS": SESSION_COOKIE_AGE,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "OIDC_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OAUTH2_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OAUTH2_GRANT_TYPES_SUPPORTED": ["authorization_code", "refresh_token"],
    **{
        f"COMPLIANT_BCP_RFC9700_{rule}": True
        for rule in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "PKCE_REQUIRED",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
            "REDIRECT_URI_SCHEME",
            "REDIRECT_URI_MATCHING",
        )
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Verdigris",
    "DESCRIPTION": "Record releases, promote green, roll back; read the data and ask it in SQL.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "State": "releases.rules.states.State",
        "Verdict": "releases.rules.verdict.Verdict",
        "QueryState": "analytics.engines.base.State",
        "KindOfUse": "analytics.api.http.shapes.USES",
        "RolloutKind": "releases.models.Rollout.Kind",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

if CONFIGURATION.redis_url or not IS_PORTAL:
    REDIS_URL = CONFIGURATION.redis_url
else:
    _password = secrets_file.read_or_make(STATE_DIR, "redis_password", None)
    REDIS_URL = f"redis://:{_password}@127.0.0.1:{CONFIGURATION.internal_port}/0"
CELERY_BROKER_URL = REDIS_URL

LOGGING = logs.configuration(CONFIGURATION.log_level)
