"""Answers 200 to everything, and has a child of its own, as granian and Celery have."""

import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def leave(number, frame):
    child.terminate()
    sys.exit()


child = subprocess.Popen(["sleep", "600"])
for number in (signal.SIGTERM, signal.SIGQUIT):
    signal.signal(number, leave)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Answering).serve_forever()
