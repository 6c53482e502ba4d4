"""A Graph API that only takes messages: bare sockets, so that it never is what is measured.

`python -m bench.floors.graph PORT` answers each POST after 100 ms and keeps what it accepted. As the real one it
refuses a second message to one person within a blink now and then (131056), and, once told to, all of half a second for
coming too fast (130429). `GET /taken` tells what was accepted: Unix time, number, person and words of each.
"""

import asyncio
import random
import socket
import struct
import sys
import time

import orjson
import uvloop

LATENCY_SECONDS = 0.1
CROWDED = 0.005  # part of the sends refused with 131056
TOO_FAST_SECONDS = 0.5
SO_TIMESTAMPNS = 35  # Linux; Python has no name for it
ERRORS = {
    130429: b'{"error":{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429}}',
    131056: b'{"error":{"message":"(#131056) Pair rate limit hit","type":"OAuthException","code":131056}}',
}


class Graph:
    """What was accepted, and until when everything is refused."""

    def __init__(self):
        self.taken: list[tuple[float, str, str, str]] = []
        self.refused_until = 0.0
        self.chance = random.Random(1)

    def answer(self, method: bytes, path: bytes, body: bytes, now: float) -> tuple[int, bytes]:
        if path == b"/taken":
            return 200, orjson.dumps(self.taken)
        if path == b"/too-fast":
            self.refused_until = time.time() + TOO_FAST_SECONDS
            return 200, b"{}"
        if method != b"POST" or not path.endswith(b"/messages"):
            return 200, b'{"data":[]}'
        if now < self.refused_until:
            return 429, ERRORS[130429]
        if self.chance.random() < CROWDED:
            return 400, ERRORS[131056]
        message = orjson.loads(body)
        number, person = path.split(b"/")[-2].decode(), message.get("to") or message.get("recipient", "")
        self.taken.append((now, number, person, message.get("text", {}).get("body", "")))
        told = {"messaging_product": "whatsapp", "contacts": [{"input": person, "wa_id": person.lstrip("+")}]}
        return 200, orjson.dumps(told | {"messages": [{"id": f"wamid.taken-{len(self.taken)}"}]})


class Connection:
    """One keep-alive connection, read by hand: only so does the kernel tell when a request came in."""

    def __init__(self, graph: Graph, sock: socket.socket):
        self.graph, self.sock, self.buffer = graph, sock, b""
        self.loop = asyncio.get_running_loop()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.loop.add_reader(sock, self.read)

    def read(self):
        try:
            data, told, _, _ = self.sock.recvmsg(65_536, 256)
        except BlockingIOError:
            return
        except OSError:
            data, told = b"", []
        if not data:
            self.loop.remove_reader(self.sock)
            self.sock.close()
            return
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self.buffer = b""
        method, path, _ = head.split(b" ", 2)
        status, answer = self.graph.answer(method, path.split(b"?")[0], body, _arrived_at(told))
        self.loop.call_later(LATENCY_SECONDS if method == b"POST" else 0, self.write, status, answer)

    def write(self, status: int, answer: bytes):
        head = (
            f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        )
        try:
            self.sock.setblocking(True)  # the list of what was taken is long
            self.sock.sendall(head.encode() + answer)
            self.sock.setblocking(False)
        except OSError:
            pass  # whoever asked was killed


def _arrived_at(told: list) -> float:
    for level, kind, data in told:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return seconds + nanoseconds / 1e9
    return time.time()


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def main(port: int) -> None:
    graph, loop = Graph(), asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", port), backlog=1_000) as server:
        server.setblocking(False)
        while True:
            sock, _ = await loop.sock_accept(server)
            Connection(graph, sock)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
