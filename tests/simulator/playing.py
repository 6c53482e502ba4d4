"""A tiny product for the simulator to talk to, and a hand on the simulator's controls."""

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx2

SECRET, TOKEN, WABA, PHONE = "sim-app-secret", "sim-access-token", "102290129340398", "106540352242922"


class Product:
    """A callback that keeps what it gets, and answers as it is told to."""

    def __init__(self):
        self.received, self.answers = [], []
        product = self

        class Callback(BaseHTTPRequestHandler):
            def do_GET(self):
                query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                known = query.get("hub.verify_token") == "sim-verify"
                self.reply(200 if known else 403, query.get("hub.challenge", "") if known else "")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = product.answers.pop(0) if product.answers else 200
                signature = self.headers["X-Hub-Signature-256"]
                row = {"path": self.path, "body": body, "signature": signature, "answer": answer}
                product.received.append(row)
                self.reply(answer, "")

            def reply(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def changes(self, field="messages"):
        """Every change acknowledged so far, in order of arrival."""
        envelopes = [
            json.loads(r["body"]) for r in list(self.received) if r["answer"] == 200 and is_signed(r)
        ]
        return [c for e in envelopes for n in e["entry"] for c in n["changes"] if c["field"] == field]

    def messages(self):
        return [m for c in self.changes() for m in c["value"].get("messages", [])]

    def statuses(self, wamid=None):
        rows = [s for c in self.changes() for s in c["value"].get("statuses", [])]
        return [s for s in rows if wamid in (None, s["id"])]


def is_signed(received, secret=SECRET):
    digest = hmac.new(secret.encode(), received["body"], hashlib.sha256).hexdigest()
    return received["signature"] == f"sha256={digest}"


def until(condition, seconds=5.0):
    """Wait for the condition to give something true, and return that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("It did not happen in time.")


class Simulator:
    """The running simulator: `api` for control, `graph` as the product."""

    def __init__(self, base):
        self.base = base
        self.api_client = httpx2.Client(base_url=f"{base}/simulator/api", timeout=10, trust_env=False)
        self.graph_client = httpx2.Client(base_url=f"{base}/graph/v26.0", timeout=10, trust_env=False)

    def api(self, method, path, **body):
        answer = self.api_client.request(method, f"/{path}", json=body or None)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def close(self):
        self.api_client.close()
        self.graph_client.close()

    def act(self, persona="nora", **message):
        return self.api("POST", f"personas/{persona}/messages", **message)["wamid"]

    def graph(self, method, path, token=TOKEN, **options):
        return self.graph_client.request(
            method, f"/{path}", headers={"Authorization": f"Bearer {token}"}, **options
        )

    def send(self, to="+1 202 555 0143", kind="text", content=None, **more):
        content = {"body": "Hello"} if content is None else content
        body = {"messaging_product": "whatsapp", "type": kind, kind: content, **more}
        if to:
            body["to"] = to
        return self.graph("POST", f"{PHONE}/messages", json=body)

    def error(self, *args, **options):
        answer = self.send(*args, **options)
        return answer.status_code, answer.json()["error"]["code"]


def app_values(product, **changes):
    number = {
        "phone_number_id": PHONE,
        "display_phone_number": "+1 202 555 0199",
        "verified_name": "Sample Clinic",
    }
    values = {"app_secret": SECRET, "verify_token": "sim-verify", "callback_url": product.url, "access_token": TOKEN,
              "waba_id": WABA, "business_id": "7001", "numbers": [number]}  # fmt: skip
    return {**values, **changes}
