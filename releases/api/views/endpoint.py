"""What every address of the API has in common."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from releases.api import callers, shapes
from releases.api.inputs import Strict

Method = TypeVar("Method", bound=Callable[..., Any])

ERRORS = {
    400: "What was sent is wrong; the reasons name it.",
    401: "Nobody is signed in, or the token is unknown, expired or withdrawn.",
    403: "The caller's roles, or the token's scopes, don't allow this.",
    404: "What was named does not exist.",
    409: "It can't be done now; the reasons say why.",
    413: "The body is too large.",
    415: "The body is not JSON.",
}
READS = (401, 403)
WRITES = (400, 401, 403, 413, 415)


class Endpoint(APIView):
    """Refuses callers before it reads what they send: `verbs` names what each method needs."""

    verbs: ClassVar[Mapping[str, Verb]] = {"GET": Verb.READ}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.caller: Actor = callers.actor_of(request)
        verb = self.verbs.get("GET" if request.method == "HEAD" else str(request.method))
        if verb is not None:
            callers.require(self.caller, verb)


class Nothing(APIView):
    """Answers every address that is none, in the shape of the other refusals."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


def read_body(form: type[Strict], request: Request) -> Any:
    """Will read the body by `form` and give the checked form. Raises ValidationError with everything that is wrong."""
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    return body


def described(
    operation_id: str, summary: str, *, tag: str, answers: Mapping[int, Any], errors: tuple[int, ...], **more: Any
) -> Callable[[Method], Method]:
    """Will give a view's method its place in the schema."""
    refused = {code: OpenApiResponse(shapes.Error, ERRORS[code]) for code in sorted(errors)}
    return extend_schema(
        operation_id=operation_id, summary=summary, tags=[tag], responses={**answers, **refused}, **more
    )
