"""`python docker/build/record.py`: tells the portal of the release that was built. Needs nothing but Python.

Read from the environment: PORTAL_ADDRESS, PORTAL_TOKEN (scope `record`), SERVICE, RELEASE_VERSION, IMAGE_REPOSITORY,
IMAGE_DIGEST, RELEASE_COMMIT, CODEBUILD_BUILD_ID; RELEASE_AUTHOR and RELEASE_CONFIGURATION (a JSON object of texts)
where there are some. What is exported and what is sent are the same facts (docs/pipelines.md), so that this call, the
events and the portal's own look end as one release.

The build's id is the Idempotency-Key, so that saying it again, here or by running it once more, records nothing twice.
Ends with 0 when the portal has the release; 1 when it can't be a release, which is the build's fault; 75 when the
portal could not be asked or doesn't know the token: then it finds the build by itself at its next look.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

NEEDED = ("PORTAL_ADDRESS", "PORTAL_TOKEN", "SERVICE", "RELEASE_VERSION", "IMAGE_REPOSITORY", "IMAGE_DIGEST")
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
LIMIT_S = 20
PAUSES_S = (1, 2, 4, 8)
NEVER = threading.Event()
LATER = 75  # EX_TEMPFAIL of sysexits.h
WHAT_SERVES = "What serves is unchanged."
BY_ITSELF = (
    "The portal records it by itself when it next looks at the pipeline; to record it now, run "
    "docker/build/record.py again"
)


class RefusedError(Exception):
    """The portal will never take this release as it is; the message is for a person."""


class LaterError(Exception):
    """The portal could not be told now; the message is for a person."""


@dataclass(frozen=True)
class Telling:
    """Where to say it, as whom, under which key, and what. Neither token nor body is ever printed."""

    address: str
    token: str
    key: str
    release: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.release['service']} {self.release['version']}"


@dataclass(frozen=True)
class Answer:
    """What the portal said."""

    status: int
    body: Mapping[str, Any]


def read(environment: Mapping[str, str]) -> Telling:
    """Will make the telling of this build. Raises RefusedError for what is missing or can't be read."""
    if missing := [name for name in NEEDED if not environment.get(name, "").strip()]:
        raise RefusedError(f"The release was not recorded: {' and '.join(missing)} must be set. {WHAT_SERVES}")
    address = environment["PORTAL_ADDRESS"].strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOCAL:
        raise RefusedError(f"The token would travel in the open: PORTAL_ADDRESS begins with https://, not {address}.")
    release = {
        "service": environment["SERVICE"],
        "version": environment["RELEASE_VERSION"],
        "commit": environment.get("RELEASE_COMMIT", ""),
        "artifact": f"{environment['IMAGE_REPOSITORY']}@{environment['IMAGE_DIGEST']}",
        "author": environment.get("RELEASE_AUTHOR", ""),
        "configuration": _configuration(environment.get("RELEASE_CONFIGURATION", "")),
    }
    # By hand there is no build: then the image is what names the telling.
    key = environment.get("CODEBUILD_BUILD_ID") or environment["IMAGE_DIGEST"]
    return Telling(address, environment["PORTAL_TOKEN"].strip(), key, release)


def _configuration(text: str) -> Mapping[str, str]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise RefusedError(f"RELEASE_CONFIGURATION is no JSON object of texts, so nothing was recorded. {WHAT_SERVES}")
    return value


def tell(telling: Telling, *, pause: Callable[[float], object]) -> str:
    """Will record the release and give the sentence about it; asks up to five times, always with the same key.

    An answer that got lost is found again by its key. Raises RefusedError, LaterError.
    """
    trouble = ""
    for wait_s in (0, *PAUSES_S):
        pause(wait_s)
        try:
            answer = _ask(telling)
        except (OSError, HTTPException) as error:
            trouble = f"did not answer ({str(getattr(error, 'reason', error)) or type(error).__name__})"
            continue
        if answer.status < 500 and answer.status != 429:
            return _understood(answer, telling)
        trouble = f"answered {answer.status}"
    raise LaterError(f"{telling.address} {trouble}, so {telling.name} is not recorded yet. {WHAT_SERVES} {BY_ITSELF}.")


def _ask(telling: Telling) -> Answer:
    request = Request(  # noqa: S310 - https, or this machine: `read` saw to it
        f"{telling.address}/api/v1/releases/",
        data=json.dumps(telling.release).encode(),
        headers={
            "Authorization": f"Bearer {telling.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": telling.key,
        },
    )
    try:
        with build_opener(_NoRedirect).open(request, timeout=LIMIT_S) as response:
            return Answer(response.status, _object(response.read()))
    except HTTPError as error:
        with error:
            return Answer(error.code, {"location": error.headers.get("Location", ""), **_object(error.read())})


class _NoRedirect(HTTPRedirectHandler):
    """The token is for the portal only, and a POST that is sent elsewhere becomes a GET."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _understood(answer: Answer, telling: Telling) -> str:
    said = str(answer.body.get("detail") or f"it answered {answer.status} without a reason")
    match answer.status:
        case 201 | 200 if answer.body.get("version") == telling.release["version"]:
            how = "recorded" if answer.status == 201 else "recorded already; nothing changed"
            return f"{telling.name} is {how}: {answer.body.get('digest', '')}"
        case 401 | 403:
            raise LaterError(
                f"{telling.address} does not let this build record ({said}). {telling.name} is not recorded yet. "
                f"{WHAT_SERVES} {BY_ITSELF} with a token of the scope `record` in PORTAL_TOKEN."
            )
        case 301 | 302 | 303 | 307 | 308:
            raise RefusedError(
                f"{telling.address} sends elsewhere ({answer.body['location']}), and the token was not sent after it. "
                f"{telling.name} is not recorded. {WHAT_SERVES} Put the portal's own address into PORTAL_ADDRESS."
            )
        case 200 | 201:
            raise RefusedError(f"{telling.address} is no portal: it answered something else. {WHAT_SERVES}")
        case _:
            raise RefusedError(
                f"The portal did not record {telling.name}: {said} {WHAT_SERVES} The image is in its registry; put "
                "right what the portal says, and build again."
            )


def main(environment: Mapping[str, str], *, pause: Callable[[float], object] = NEVER.wait) -> int:
    """Will tell the portal and give the exit status."""
    try:
        sys.stdout.write(f"{tell(read(environment), pause=pause)}\n")
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except LaterError as error:
        sys.stderr.write(f"{error}\n")
        return LATER
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
