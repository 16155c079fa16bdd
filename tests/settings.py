"""The portal's settings over a state folder of the tests' own: a portal that runs from here is never touched."""

import os
import tempfile

os.environ["PORTAL_STATE_DIR"] = tempfile.mkdtemp(prefix="verdigris-tests-")
os.environ["PORTAL_REDIS_URL"] = "memory://"
for name in ("PORTAL_SURFACE", "PORTAL_PORT", "PORTAL_DEBUG", "PORTAL_IS_HTTPS"):
    os.environ.pop(name, None)

from portal.settings import *  # noqa: E402, F403, TID251 - the same settings, read after the environment was set

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# WhiteNoise warns where nothing was collected, and warnings are errors.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in production: SQLite in memory is one cache that threads lock each other out of.
    DATABASES["default"]["TEST"] = {"NAME": STATE_DIR / "tests.sqlite3"}  # noqa: F405
else:
    # A pool would hold connections that keep the test database from being dropped.
    DATABASES["default"]["OPTIONS"].pop("pool")  # noqa: F405
# Nothing is collected for tests, so there is no manifest of fingerprinted names either.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
