"""The RSA key that signs ID tokens. Without one the portal is no provider."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

NAME = "openid_key"
BITS = 3072
# RFC 7518, 3.3.
LEAST_BITS = 2048


def is_on() -> bool:
    """Will tell whether the portal is a provider."""
    return bool(settings.OAUTH2_PROVIDER["OIDC_RSA_PRIVATE_KEY"])


def make() -> str:
    """Will make a key and give it as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def problem_with(pem: str) -> str:
    """Will say in a sentence why the key can't sign, "" where it can."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        return "PORTAL_OPENID_KEY is no private key in PEM without a password."
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < LEAST_BITS:
        return f"PORTAL_OPENID_KEY is no RSA key of at least {LEAST_BITS} bits."
    return ""
