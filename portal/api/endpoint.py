"""What every address of an API has in common."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.api import callers, errors, shapes

Method = TypeVar("Method", bound=Callable[..., Any])

ERRORS = MappingProxyType(
    {
        400: "What was sent is wrong; the reasons name it.",
        401: "Nobody is signed in, or the token is unknown, expired or withdrawn.",
        403: "The caller's roles, or the token's scopes, don't allow this.",
        404: "What was named does not exist.",
        409: "It can't be done now; the reasons say why.",
        413: "The body is too large.",
        415: "The body is not JSON.",
        503: "What is needed doesn't answer now; ask again.",
    }
)
READS = (401, 403)
WRITES = (400, 401, 403, 413, 415)


class Endpoint(APIView):
    """Refuses callers before it reads what they send: `verbs` names what each method needs.

    `answers` says how an app's own exceptions are answered.
    """

    verbs: ClassVar[Mapping[str, Verb]] = {"GET": Verb.READ}
    answers: ClassVar[errors.Answers] = MappingProxyType({})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.caller: Actor = callers.actor_of(request)
        verb = self.verbs.get("GET" if request.method == "HEAD" else str(request.method))
        if verb is not None:
            callers.require(self.caller, verb)

    def get_exception_handler(self) -> errors.Handler:
        return errors.handler(self.answers)


class Nothing(APIView):
    """Answers every address that is none, in the shape of the other refusals."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


def described(
    operation_id: str, summary: str, *, tag: str, answers: Mapping[Any, Any], errors: tuple[int, ...], **more: Any
) -> Callable[[Method], Method]:
    """Will give a view's method its place in the schema."""
    refused = {(code, "application/json"): OpenApiResponse(shapes.Error, ERRORS[code]) for code in sorted(errors)}
    return extend_schema(
        operation_id=operation_id, summary=summary, tags=[tag], responses={**answers, **refused}, **more
    )
