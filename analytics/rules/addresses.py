"""The addresses by which people name where data comes from."""

from pathlib import PurePath
from urllib.parse import urlsplit, urlunsplit

DATA_EXCHANGE = "data-exchange:"
_ELSEWHERE = ("http://", "https://", "s3://", DATA_EXCHANGE)


def is_path(address: str) -> bool:
    """Will say whether it names a file of this machine."""
    return not address.startswith(_ELSEWHERE)


def shown(address: str) -> str:
    """Will give the address without a name and password, the key in its query, and a folder of this machine."""
    if is_path(address):
        return PurePath(address).name
    if not address.startswith(("http://", "https://")):
        return address
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
