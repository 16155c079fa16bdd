"""The only door to AWS: clients by service, role and region, and what their errors mean in words.

Nothing else makes a client. Endpoints are botocore's own affair (AWS_ENDPOINT_URL), as are the portal's own
credentials; every other role is assumed from them, and a role that is refused never falls back to another.
"""

from portal.aws.calls import Clients, code_of, telling
from portal.aws.clients import CALL_LIMIT_S, Access, client, forget_all
from portal.aws.door import Door
from portal.aws.errors import Trouble, trouble_of
from portal.aws.pace import hurrying
from portal.aws.redaction import redact

__all__ = [
    "CALL_LIMIT_S",
    "Access",
    "Clients",
    "Door",
    "Trouble",
    "client",
    "code_of",
    "forget_all",
    "hurrying",
    "redact",
    "telling",
    "trouble_of",
]
