"""Takes keys out of texts before anybody reads them."""

import re

# Access keys have four letters that tell their kind and at least twelve more characters (IAM reference, "Unique
# identifiers"); signatures, tokens and credentials come as name=value in URLs, headers and some error messages.
_KEY = re.compile(r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{12,}\b")
_NAMED = re.compile(
    r"(?i)\b(x-amz-(?:security-token|signature|credential)|aws_?secret_?access_?key|secret_?access_?key|session_?token"
    r"|signature|authorization|x-api-key)"
    r"(\"?'?\s*[=:]\s*\"?'?)"
    r"([^\s\"'&,;]+(?: [^\s\"'&;]*Credential[^\s]*)?)"
)
GONE = "…"


def redact(text: str) -> str:
    """Will give the text without access keys, secrets, tokens and signatures."""
    return _NAMED.sub(rf"\1\2{GONE}", _KEY.sub(GONE, text))
