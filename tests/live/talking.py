"""HTTP by hand: what no client library would send, byte by byte."""

import contextlib
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

PIECE = b"10000\r\n" + b"x" * 65536 + b"\r\n"


@dataclass
class Heard:
    """What came back before the connection was closed, and what it took."""

    data: bytes
    sent: int
    seconds: float

    @property
    def status(self) -> int:
        """Of the first answer; 0 when the connection was closed without one."""
        return int(self.data.split(b" ", 2)[1]) if self.data.startswith(b"HTTP/1.") else 0

    @property
    def answers(self) -> int:
        return self.data.count(b"HTTP/1.1 ")


def connect(address: str, *, source: str = "", seconds: float = 20) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), seconds, (source, 0) if source else None)


def head(method: str, path: str, address: str, *lines: str, version: str = "1.1") -> bytes:
    """The first lines of a request, and the empty one that ends them."""
    named = [f"{method} {path} HTTP/{version}", f"Host: {urlsplit(address).netloc}", *lines]
    return "\r\n".join(named).encode("latin-1") + b"\r\n\r\n"


def say(address: str, data: bytes, *, seconds: float = 20) -> Heard:
    """Send these bytes and nothing more; listen until the other side closes or says nothing for so long."""
    began = time.monotonic()
    with connect(address, seconds=seconds) as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(data)
        return Heard(listen(line), len(data), time.monotonic() - began)


def listen(line: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionError, TimeoutError):
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def flood(address: str, start: bytes, total: int) -> Heard:
    """Send a chunked body of so many bytes, unless the other side hangs up before."""
    began, sent = time.monotonic(), 0
    with connect(address) as line:
        line.sendall(start)
        with contextlib.suppress(ConnectionError, TimeoutError):
            while sent < total:
                line.sendall(PIECE)
                sent += len(PIECE)
        return Heard(listen(line), sent, time.monotonic() - began)
