"""Which folder has a repository's commits, and what git says of it."""

import subprocess
from pathlib import Path
from typing import Any

from moto.codecommit.models import codecommit_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

from simulator import control
from simulator.operations import AwsError, Context
from simulator.services import events
from simulator.world import WORLD

_FOLDERS: dict[tuple[str, str, str], Path] = {}


class GitError(Exception):
    """git refused; the text is its own."""


@WORLD.on_reset
def _empty() -> None:
    _FOLDERS.clear()


def attach(name: str, folder: Path | str, context: Context) -> None:
    """Will read the repository `name`, which must have been created, from the git repository in `folder`."""
    _known(name, context)
    _FOLDERS[context.account, context.region, name] = Path(folder)


def git(name: str, context: Context, *words: str) -> str:
    """Will run git on a repository. Raises AwsError where there is no such repository, GitError where git refuses."""
    _known(name, context)
    folder = _FOLDERS.get((context.account, context.region, name))
    if folder is None:
        raise GitError(f"{name} is empty")
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise GitError(done.stderr.strip())
    return done.stdout


def head(name: str, branch: str, context: Context) -> str:
    """Will give the commit at the end of a branch. Raises AwsError."""
    try:
        return git(name, context, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").strip()
    except GitError as error:
        raise AwsError("BranchDoesNotExistException", f"Branch {branch} does not exist") from error


def push(name: str, branch: str, context: Context) -> str:
    """Will tell of a push to `branch`, as CodeCommit does, and give its commit; what was pushed is in the folder."""
    commit = head(name, branch, context)
    arn = f"arn:aws:codecommit:{context.region}:{context.account}:{name}"
    detail = {
        "event": "referenceUpdated",
        "repositoryName": name,
        "repositoryId": str(_known(name, context)["repositoryId"]),
        "referenceType": "branch",
        "referenceName": branch,
        "referenceFullName": f"refs/heads/{branch}",
        "commitId": commit,
        "callerUserArn": context.caller or f"arn:aws:iam::{context.account}:root",
    }
    events.publish("aws.codecommit", "CodeCommit Repository State Change", detail, [arn], context)
    return commit


def _known(name: str, context: Context) -> dict[str, Any]:
    repository = codecommit_backends[context.account][context.region].repositories.get(name)
    if repository is None:
        raise AwsError("RepositoryDoesNotExistException", f"{name} does not exist")
    return dict(repository.repository_metadata)


def _control(body: control.Body) -> Any:
    """{"repository", "folder", "region"} attaches; {"repository", "branch", "region"} tells of a push."""
    context = Context(str(body.get("account", DEFAULT_ACCOUNT_ID)), str(body["region"]), "")
    with WORLD.lock:
        if "folder" in body:
            attach(body["repository"], body["folder"], context)
        return {"commit": push(body["repository"], body["branch"], context)} if "branch" in body else {}


control.register("codecommit", _control)
