"""The application that contract tests release: it says its version, can be slow, sick or dead, and counts POSTs."""

import json
import os
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs

VERSION = os.environ.get("PORTAL_RELEASE_VERSION", "")
MODE = os.environ.get("SHOP_MODE", "well")
COUNTS = os.environ.get("SHOP_COUNTS", "")

if MODE == "crashes":
    sys.exit("the shop burnt down")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    query = parse_qs(environ["QUERY_STRING"])
    status, body = "200 OK", VERSION
    if path == "/healthz" and MODE == "sick":
        status = "503 Service Unavailable"
    elif path == "/slow":
        threading.Event().wait(float(query["s"][0]))
    elif path == "/fail":
        status = "500 Internal Server Error"
    elif path == "/about":
        headers = {key: value for key, value in environ.items() if key.startswith("HTTP_")}
        body = json.dumps({"environment": dict(os.environ), "headers": headers, "pid": os.getpid()})
    elif path == "/count":
        with Path(COUNTS).open("a") as file:
            file.write(query["id"][0] + "\n")
        threading.Event().wait(float(query.get("s", ["0"])[0]))
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body.encode())))])
    return [body.encode()]
