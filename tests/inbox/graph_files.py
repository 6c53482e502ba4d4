"""A Graph API that only hands out files: look-up and download, over real HTTP."""

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class GraphFiles:
    """Serves one file; `status` and `sha256` make it misbehave. Counts look-ups."""

    def __init__(self, body: bytes, content_type: str):
        self.body, self.content_type = body, content_type
        self.status, self.lookups = 200, 0
        self.sha256 = base64.b64encode(hashlib.sha256(body).digest()).decode()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _handler(self):
        graph = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                if self.path == "/download":
                    return self.answer(200, graph.content_type, graph.body)
                graph.lookups += 1
                told = f'{{"id":"1","url":"{graph.url}/download","mime_type":"{graph.content_type}"'
                return self.answer(
                    graph.status, "application/json", f'{told},"sha256":"{graph.sha256}"}}'.encode()
                )

            def answer(self, status, content_type, body):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        return Handler
