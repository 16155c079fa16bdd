"""Where the account's lake is, and what goes wrong with it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from portal import aws
from portal.aws import Clients, Trouble

MANIFEST = "manifests/{}.json"
# The code of what isn't in the lake, or not yet.
NOT_PUBLISHED = "not-published"


class LakeError(Exception):
    """The lake did not do it; a sentence without its full stop. Only the lake knows if trying again helps."""

    def __init__(self, code: str, sentence: str, *, is_permanent: bool) -> None:
        super().__init__(sentence)
        self.code = code
        self.is_permanent = is_permanent


@dataclass(frozen=True)
class Lake:
    """A bucket, and Glue's databases in the clients' region."""

    bucket: str
    clients: Clients

    def key(self, dataset: str, name: str) -> str:
        """Will give the key of what a dataset's folder calls `name`."""
        return f"lake/{dataset}/{name}"

    def location(self, dataset: str, name: str) -> str:
        """Will give the same as Athena writes it."""
        return f"s3://{self.bucket}/{self.key(dataset, name)}"


def database(dataset: str, revision: str) -> str:
    """Will name the database of one snapshot; no dataset has a _ in its name."""
    return f"{dataset}_{revision}"


def told(doing: str) -> AbstractContextManager[None]:
    """Will raise LakeError for what AWS says inside; `doing` is what is tried, as "Glue for a table"."""
    return aws.telling(doing, _error)


def _error(trouble: Trouble) -> Exception:
    return LakeError(trouble.code, trouble.sentence, is_permanent=trouble.is_permanent)
