"""A portal that answers as a test has it answer: late, half, or not at all."""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JSON, ARROW = "application/json", "application/vnd.apache.arrow.stream"


class Unreliable(ThreadingHTTPServer):
    """Gives each path its answers in their order, the last one again and again; `asked` is what came in."""

    daemon_threads = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = defaultdict(list)
        self.asked = []
        self.is_over = threading.Event()

    def on(self, path, *answers):
        """Will answer at `path` by these, each called with the request's handler."""
        self.answers[path] = list(answers)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.shutdown()
        self.server_close()


def told(content, status=200, *, is_whole=True):
    """JSON; what isn't whole breaks off without HTTP's last chunk."""
    return lambda handler: handler.tell(status, JSON, json.dumps(content).encode(), is_whole=is_whole)


def streamed(content, *, is_whole=True):
    """Rows, in the same ways."""
    return lambda handler: handler.tell(200, ARROW, content, is_whole=is_whole)


def hung_up(handler):
    """No answer at all."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.close_connection = True
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        self.server.asked.append((self.command, path, self.headers.get("Idempotency-Key", "")))
        answers = self.server.answers[path]
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def do_POST(self):
        self.do_GET()

    def tell(self, status, content_type, content, *, is_whole):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if content:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))
        if is_whole:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        """What is asked stands in `asked`."""
