"""What stands in the frame: a small page that talks to the embedding SDK (2.11) as QuickSight's own does.

Read from the SDK's source: it puts `contextId`, `discriminator` and `sheetId` into the address and parameters behind
its #, opens a second frame at embedControl, sends every question there and expects the answer, by its `eventId`, in
the page's window. What QuickSight's frames say between themselves isn't known; ours use a channel of the browser.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs

from simulator.operations import Context, page
from simulator.services.quicksight.account import SESSIONS, Session, of
from simulator.services.quicksight.resources import sheets
from simulator.world import WORLD

PREFIX = "/embed/"
OPENS_WITHIN = timedelta(minutes=5)
PAGES = Path(__file__).parent / "pages"


@page(PREFIX)
def _answer(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Will answer /embed/SESSION/dashboards/ID, /embed/SESSION/embedControl and /embed/SESSION/alive."""
    id_, _, rest = str(environ["PATH_INFO"]).removeprefix(PREFIX).partition("/")
    session = SESSIONS.get(id_)
    if session is None:
        return _send(start_response, 404, "There is no such session.")
    if rest == "embedControl":
        return _send(start_response, 200, (PAGES / "control.html").read_text(), session)
    if rest == "alive":
        return _send(start_response, 200 if _is_alive(session) else 401, "")
    code = parse_qs(str(environ.get("QUERY_STRING", ""))).get("code", [""])[0]
    return _send(start_response, 200, _page(session, _trouble(session, code)), session)


def _trouble(session: Session, code: str) -> str:
    """Will redeem the code, and give the error that the frame tells of; "silent" is one that it doesn't."""
    if code != session.code or session.opened_at or WORLD.now() > session.made_at + OPENS_WITHIN:
        return "Forbidden"
    session.opened_at = WORLD.now()
    return "" if session.is_shared else "silent"


def _is_alive(session: Session) -> bool:
    return bool(session.opened_at and WORLD.now() < session.opened_at + timedelta(minutes=session.minutes))


def _page(session: Session, trouble: str) -> str:
    account, region = session.dashboard.arn.split(":")[4], session.dashboard.arn.split(":")[3]
    facts = {
        "session": session.id,
        "dashboard": session.dashboard.told["DashboardId"],
        "name": session.dashboard.told["Name"],
        "sheets": [{"SheetId": one["SheetId"], "Name": one["Name"]} for one in sheets(session.dashboard)],
        "tags": dict(session.tags),
        "trouble": trouble,
        "tellsEnd": of(Context(account, region, "")).plan.tells_end,
    }
    text = json.dumps(facts).replace("<", "\\u003c")
    script = (PAGES / "frame.js").read_text()
    return Template((PAGES / "frame.html").read_text()).substitute(facts=text, script=script)


def _send(
    start_response: Callable[..., Any], status: int, text: str, session: Session | None = None
) -> Iterable[bytes]:
    raw = text.encode()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(raw)))]
    if session is not None:
        # A page of another domain gets the browser's own error in the frame, and no message.
        allowed = " ".join(session.domains) or "'none'"
        headers.append(("Content-Security-Policy", f"frame-ancestors {allowed}"))
    start_response(f"{status} -", headers)
    return [raw]
