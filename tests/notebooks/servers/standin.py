"""Stands where a JupyterLab would, on the slot's socket, and tells what came to it: `standin.py SLOT`."""

import json
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

from notebooks.jupyter import launch
from portal.configuration import Configuration


class Teller(BaseHTTPRequestHandler):
    """Answers with what it was asked, and with headers that must not reach a browser."""

    def do_GET(self):
        told = json.dumps({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        if self.path.endswith("sets-xsrf"):
            self.send_header("Set-Cookie", "_xsrf=1; Path=/jupyter/1/")
        if self.path.endswith("sets-session"):
            self.send_header("Set-Cookie", "verdigris_session=stolen; Path=/")
        if self.path.endswith("sets-both"):
            self.send_header("Set-Cookie", "_xsrf=1; Path=/jupyter/1/")
            self.send_header("Set-Cookie", "verdigris_session=stolen; Path=/")
        self.send_header("Service-Worker-Allowed", "/")
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET  # noqa: N815 - the name that the base class calls

    def address_string(self):
        return "haproxy"


def main():
    listener = launch.listen(Configuration(), int(sys.argv[1]))
    while True:
        visitor, _ = listener.accept()
        # Who only looks whether it answers doesn't stay for the answer.
        with visitor, suppress(OSError):
            Teller(visitor, ("haproxy", 0), None)


if __name__ == "__main__":
    main()
