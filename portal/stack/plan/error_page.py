"""The page that HAProxy shows while no web process answers: a whole HTTP answer, kept in HAProxy's memory."""

import base64
import hashlib

STYLE = (
    ":root{color-scheme:light dark;font:1rem/1.6 system-ui,sans-serif}"
    "body{max-width:34rem;margin:15vh auto;padding:0 1.5rem}"
    "p.name{color:light-dark(#2f6f5e,#7cc4ae);font-weight:600}h1{font-size:1.5rem;line-height:1.3}"
)
BODY = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Verdigris starts again</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="name">Verdigris</p>
<h1>The portal's web process is starting again</h1>
<p>The sites it releases are served as before: their traffic doesn't pass through it. Rollouts go on by themselves.</p>
<p><a href="">Load this page again</a> in a few seconds. If this stays, the log folder says why, and
<code>/readyz</code> names the part.</p>
</main>
</body>
</html>
"""


def render() -> bytes:
    """Will give the answer as HAProxy's `errorfile` wants it."""
    body = BODY.encode()
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
