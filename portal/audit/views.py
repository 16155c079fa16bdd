"""The ledger's pages: search, export, verify. Nothing here writes."""

from itertools import islice

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from portal.audit import ledger, selectors, verbs
from portal.audit.selectors import Filters

MOST_FAULTS = 20
KINDS = {"csv": (selectors.as_csv, "text/csv"), "jsonl": (selectors.as_json_lines, "application/jsonl")}


class Search(forms.Form):
    """What the ledger can be searched by; exact but for the text."""

    use_required_attribute = False
    actor = forms.CharField(label="Who", max_length=200, required=False)
    verb = forms.ChoiceField(
        label="Did what",
        choices=[("", "anything"), *((verb, verb.replace("_", " ")) for verb in sorted(verbs.DONE))],
        required=False,
    )
    service = forms.CharField(label="Service", max_length=80, required=False)
    environment = forms.CharField(label="Environment", max_length=80, required=False)
    rollout_id = forms.IntegerField(label="Rollout", min_value=1, max_value=2**62, required=False)
    text = forms.CharField(label="Words", max_length=200, required=False)

    @property
    def filters(self) -> Filters:
        """Will give what was filled in; what can't be understood is left out and shown beside its field."""
        given = self.cleaned_data if self.is_bound and (self.is_valid() or self.cleaned_data) else {}
        return Filters(**{name: value for name, value in given.items() if value not in (None, "")})


@login_required
@require_safe
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The ledger, newest first, a page at a time."""
    form = Search(request.GET)
    filters = form.filters
    before = request.GET.get("before", "")
    page = selectors.page(filters, before=int(before) if before.isdigit() and len(before) < 19 else None)
    query = request.GET.copy()
    query.pop("before", None)
    context = {"form": form, "page": page, "filters": filters, "query": query.urlencode(), "is_first": not before}
    is_more = request.headers.get("HX-Request") == "true"
    return render(request, "audit/ledger.html#rows" if is_more else "audit/ledger.html", context)


@login_required
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """All matches as a file, streamed: memory stays the same however long the ledger is."""
    if kind not in KINDS:
        raise Http404
    write, content_type = KINDS[kind]
    lines = write(selectors.export(Search(request.GET).filters))
    headers = {"Content-Disposition": f'attachment; filename="ledger.{kind}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type=content_type, headers=headers)


@login_required
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Walks the whole chain and says what is not as it was written."""
    faults = list(islice(ledger.verify(), MOST_FAULTS + 1))
    context = {"faults": faults[:MOST_FAULTS], "has_more": len(faults) > MOST_FAULTS, "end": selectors.end()}
    return render(request, "audit/verified.html", context)
