"""A server on this machine that answers as a test wants, down to the byte."""

import json
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.client import HTTPMessage


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Server:
    """Where it listens, and what it was asked."""

    url: str
    requests: list[Request] = field(default_factory=list)


def reply(status: int = 200, body=b"", **headers):
    """An answer: bytes, or anything else as JSON."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def raw(data: bytes):
    """An answer of exactly these bytes."""
    return lambda request, connection: connection.sendall(data)


def reset(request, connection):
    """Take the request and slam the door."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def in_turn(*answers):
    """One answer per request, the last one for ever."""
    remaining = list(answers)

    def answer(request, connection):
        (remaining.pop(0) if len(remaining) > 1 else remaining[0])(request, connection)

    return answer


@contextmanager
def serving(answer):
    """Run a server that gives `answer(request, connection)` to each request, one per connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(listener, server, answer))
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(listener: socket.socket, server: Server, answer) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                request = _read(connection)
                if request is not None:
                    server.requests.append(request)
                    answer(request, connection)
            except OSError:
                continue


def _read(connection: socket.socket) -> Request | None:
    with connection.makefile("rb") as file:
        first = file.readline().decode("latin-1").split(" ")
        if len(first) < 3:
            return None
        head = b"".join(iter(file.readline, b"\r\n"))
        headers = BytesParser(_class=HTTPMessage).parsebytes(head)
        if "chunked" in headers.get("Transfer-Encoding", ""):
            return Request(first[0], first[1], headers, _read_chunks(file))
        return Request(first[0], first[1], headers, file.read(int(headers.get("Content-Length", 0))))


def _read_chunks(file) -> bytes:
    chunks = []
    while size := int(file.readline(), 16):
        chunks.append(file.read(size))
        file.readline()
    file.readline()
    return b"".join(chunks)
