"""The pages that HAProxy shows while nothing answers: whole HTTP answers, kept in HAProxy's memory."""

import base64
import hashlib

STYLE = (
    ":root{color-scheme:light dark;font:1rem/1.6 system-ui,sans-serif}"
    "body{max-width:34rem;margin:15vh auto;padding:0 1.5rem}"
    "p.name{color:light-dark(#2f6f5e,#7cc4ae);font-weight:600}h1{font-size:1.5rem;line-height:1.3}"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<p class="name">Verdigris</p>
<h1>{heading}</h1>
{text}
</main>
</body>
</html>
"""


def render() -> bytes:
    """Will give the answer that stands for the portal's pages, as HAProxy's `errorfile` wants it."""
    return _render(
        title="Verdigris starts again",
        heading="The portal's web process is starting again",
        text="<p>The sites it releases are served as before: their traffic doesn't pass through it. Rollouts go on by "
        'themselves.</p>\n<p><a href="">Load this page again</a> in a few seconds. If this stays, the log folder says '
        "why, and <code>/readyz</code> names the part.</p>",
    )


def render_notebook() -> bytes:
    """Will give the answer that stands for a notebook server that doesn't run."""
    return _render(
        title="No notebook server runs here",
        heading="Your notebook server does not run",
        text="<p>It was stopped, was not used for a while, or has just ended and is starting again. What you saved is "
        'kept; the portal serves as before.</p>\n<p><a href="">Load this page again</a> in a few seconds, or '
        '<a href="/notebooks/">open a notebook</a>.</p>',
    )


def _render(*, title: str, heading: str, text: str) -> bytes:
    body = PAGE.format(style=STYLE, title=title, heading=heading, text=text).encode()
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    head = "\r\n".join(
        [
            "HTTP/1.1 503 Service Unavailable",
            "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {len(body)}",
            f"Content-Security-Policy: default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'",
            "X-Content-Type-Options: nosniff",
            "Cache-Control: no-store",
            "Retry-After: 3",
            "Connection: close",
            "",
            "",
        ]
    )
    return head.encode() + body
