"""The calls that read commits, differences and files."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from moto.codecommit.models import codecommit_backends

from simulator.operations import AwsError, Context, operation
from simulator.services.codecommit.repositories import GitError, git, head

# API reference, BatchGetCommits and GetDifferences.
MOST_COMMITS = 100
PAGE = 100
# git's own name of the tree in which nothing is.
NOTHING = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%ad", "%cn", "%ce", "%cd", "%B")
_ID = re.compile(r"[0-9a-f]{4,64}")
_MODES = {"100644": "NORMAL", "100755": "EXECUTABLE", "120000": "SYMLINK"}

Parameters = Mapping[str, Any]


@operation("codecommit", "ListRepositories")
def _list_repositories(parameters: Parameters, context: Context) -> dict[str, Any]:
    known = codecommit_backends[context.account][context.region].repositories
    names = sorted(known, reverse=parameters.get("order") == "descending")
    return {
        "repositories": [
            {"repositoryName": name, "repositoryId": known[name].repository_metadata["repositoryId"]} for name in names
        ]
    }


@operation("codecommit", "ListBranches")
def _list_branches(parameters: Parameters, context: Context) -> dict[str, Any]:
    try:
        told = git(parameters["repositoryName"], context, "for-each-ref", "--format=%(refname:short)", "refs/heads")
    except GitError:
        told = ""
    return {"branches": told.split()}


@operation("codecommit", "GetBranch")
def _get_branch(parameters: Parameters, context: Context) -> dict[str, Any]:
    branch = parameters["branchName"].removeprefix("refs/heads/")
    return {"branch": {"branchName": branch, "commitId": head(parameters["repositoryName"], branch, context)}}


@operation("codecommit", "GetCommit")
def _get_commit(parameters: Parameters, context: Context) -> dict[str, Any]:
    wanted = parameters["commitId"]
    found = commit(parameters["repositoryName"], wanted, context)
    if found is None:
        raise AwsError("CommitIdDoesNotExistException", f"Commit {wanted} does not exist")
    return {"commit": found}


@operation("codecommit", "BatchGetCommits")
def _batch_get_commits(parameters: Parameters, context: Context) -> dict[str, Any]:
    name, wanted = parameters["repositoryName"], parameters["commitIds"]
    if not wanted:
        raise AwsError("CommitIdsListRequiredException", "A list of commit IDs is required")
    if len(wanted) > MOST_COMMITS:
        raise AwsError("CommitIdsLimitExceededException", f"The maximum number of commit IDs is {MOST_COMMITS}")
    found = {one: commit(name, one, context) for one in wanted}
    code = "CommitIdDoesNotExistException"
    errors = [
        {"commitId": one, "errorCode": code, "errorMessage": f"Commit {one} does not exist"}
        for one, known in found.items()
        if known is None
    ]
    return {"commits": [known for known in found.values() if known is not None], "errors": errors}


def commit(name: str, wanted: str, context: Context) -> dict[str, Any] | None:
    """Will describe a commit as CodeCommit does; None for one that isn't there."""
    if not _ID.fullmatch(wanted):
        return None
    try:
        told = git(
            name, context, "show", "-s", f"--format={'%x00'.join(_FIELDS)}", "--date=raw", f"{wanted}^{{commit}}"
        )
    except GitError:
        return None
    id_, tree, parents, *people, message = told.split("\0")
    return {
        "commitId": id_,
        "treeId": tree,
        "parents": parents.split(),
        "author": _person(people[:3]),
        "committer": _person(people[3:]),
        "message": message,
        "additionalData": "",
    }


def _person(words: Sequence[str]) -> dict[str, str]:
    return dict(zip(("name", "email", "date"), words, strict=True))


@operation("codecommit", "GetDifferences")
def _get_differences(parameters: Parameters, context: Context) -> dict[str, Any]:
    name = parameters["repositoryName"]
    before, after = parameters.get("beforeCommitSpecifier"), parameters["afterCommitSpecifier"]
    try:
        told = git(name, context, "diff-tree", "-r", "--no-renames", "-z", before or NOTHING, after)
    except GitError as error:
        raise AwsError("CommitDoesNotExistException", f"Commit {after} or {before} does not exist") from error
    words = told.split("\0")
    found = [_difference(words[at], words[at + 1]) for at in range(0, len(words) - 1, 2)]
    first = int(parameters.get("NextToken") or 0)
    most = min(int(parameters.get("MaxResults") or PAGE), PAGE)
    answer: dict[str, Any] = {"differences": found[first : first + most]}
    return answer | ({"NextToken": str(first + most)} if first + most < len(found) else {})


def _difference(told: str, path: str) -> dict[str, Any]:
    mode_before, mode_after, before, after, kind = told.removeprefix(":").split()
    blobs = {}
    if kind != "A":
        blobs["beforeBlob"] = {"blobId": before, "path": path, "mode": mode_before}
    if kind != "D":
        blobs["afterBlob"] = {"blobId": after, "path": path, "mode": mode_after}
    return {**blobs, "changeType": kind if kind in {"A", "D"} else "M"}


@operation("codecommit", "GetFile")
def _get_file(parameters: Parameters, context: Context) -> dict[str, Any]:
    name, path = parameters["repositoryName"], parameters["filePath"]
    wanted = parameters.get("commitSpecifier") or "HEAD"
    try:
        id_ = git(name, context, "rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}").strip()
    except GitError as error:
        raise AwsError("CommitDoesNotExistException", f"Commit {wanted} does not exist") from error
    told = git(name, context, "ls-tree", id_, "--", path).strip()
    if not told or " blob " not in told:
        raise AwsError("FileDoesNotExistException", f"File {path} does not exist at {wanted}")
    mode, _, blob = told.split("\t", 1)[0].split()
    content = git(name, context, "cat-file", "blob", blob).encode()
    return {
        "commitId": id_,
        "blobId": blob,
        "filePath": path,
        "fileMode": _MODES.get(mode, "NORMAL"),
        "fileSize": len(content),
        "fileContent": content,
    }
