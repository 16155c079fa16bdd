"""What others call: SNS, with the notices of pipelines. Nobody signs in here; what SNS signed is believed."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal import clock
from portal.api.parsers import StrictJSONParser
from portal.api.shapes import Error
from releases.api import pipeline_shapes
from releases.operations.pipelines import hearing
from releases.pipelines.base import PipelineError
from releases.rules.pipelines.envelopes import ForgedError


class TextParser(StrictJSONParser):
    """SNS sends its JSON as text/plain (SNS developer guide, "HTTP/HTTPS notifications")."""

    media_type = "text/plain"


class Unanswered(APIException):
    """AWS itself doesn't answer; SNS tries again."""

    status_code = 503
    default_code = "unanswered"


class Notices(APIView):
    """The address that an SNS topic sends the notices of pipelines to."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (TextParser, StrictJSONParser)

    @extend_schema(
        operation_id="hear_notice",
        summary="Hear a notice of a pipeline from SNS",
        description="The body is a message that SNS signed, from a topic that a pipeline here names. A subscription is "
        "confirmed by SNS's API; no address in the message is opened.",
        tags=["hooks"],
        auth=[],
        request={"text/plain": OpenApiTypes.STR, "application/json": OpenApiTypes.OBJECT},
        responses={200: pipeline_shapes.HeardShape, **dict.fromkeys((400, 403, 413, 415, 503), Error)},
    )
    def post(self, request: Request) -> Response:
        try:
            return Response({"sentence": _hear(request.data)})
        except ForgedError as error:
            raise PermissionDenied(str(error), "not_believed") from None
        except PipelineError as error:
            raise Unanswered(f"{error.message}. Send it again.") from None


def _hear(body: Any) -> str:
    return hearing.hear_message(body, now=clock.now())
