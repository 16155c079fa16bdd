"""What every address of this API has in common beside what all APIs share."""

from typing import ClassVar

from portal.api import endpoint
from releases.api.errors import ANSWERS


class Endpoint(endpoint.Endpoint):
    """An address that says verbs of releases."""

    answers: ClassVar = ANSWERS
