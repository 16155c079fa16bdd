"""What a release is made of, as one digest: what an approval is bound to."""

import hashlib
import json
import re
from collections.abc import Mapping

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}")
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def is_digest(text: str) -> bool:
    """Will tell whether `text` is a SHA-256 digest as OCI writes it."""
    return DIGEST.fullmatch(text) is not None


def is_commit(text: str) -> bool:
    """Will tell whether `text` is a whole git commit id."""
    return COMMIT.fullmatch(text) is not None


def is_version(text: str) -> bool:
    """Will tell whether `text` can name a release."""
    return VERSION.fullmatch(text) is not None


def is_variable(text: str) -> bool:
    """Will tell whether `text` can name an environment variable of a release's configuration."""
    return VARIABLE.fullmatch(text) is not None


def of_release(*, commit: str, artifact: str, configuration: Mapping[str, str]) -> str:
    """Will give the digest of what would run: the commit, the built artifact (empty for a checkout), the settings."""
    content = {"commit": commit, "artifact": artifact, "configuration": dict(configuration)}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
