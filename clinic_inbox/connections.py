"""How long and how much a connection may take before it has asked anything: uvicorn itself waits for ever.

A proxy in front should do the same and sees addresses better; this holds when there is none, or one that passes all on.
"""

import ipaddress
import logging
from collections import Counter

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .networks import network_of

HEADER_SECONDS = 10  # from the first byte, or from connecting, to the end of the headers
MOST_HEADER_BYTES = 32 * 1024
PIECE = 256 * 1024  # the most that arrives at once
SAY_EVERY_SECONDS = 60  # how many were refused: a line for each would be a flood of its own
FRAME_BYTES_A_SECOND = 128 * 1024  # of one socket; a browser says a few dozen
UNREAD_SECONDS = 60  # an answer may lie unread
LAST_SECONDS = 5  # for the other side to take what was said last
MOST_UNREAD = 256 * 1024  # bytes a socket may leave lying before it is cut

TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
NO_BODY_HERE = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

logger = logging.getLogger(__name__)

open_by_address: Counter[str] = Counter()  # by network_of()


class Http(HttpToolsProtocol):
    """uvicorn's HTTP connection with a deadline and a size for headers, and a number per address."""

    def connection_made(self, transport) -> None:
        self.waiting = self.address = None
        self.header_bytes, self.is_in_body = 0, False
        super().connection_made(transport)
        if self.is_one_too_many():
            self.transport.abort()
            refused.one_more(self.loop.time())
            return
        self.wait_for_headers()

    def is_one_too_many(self) -> bool:
        """Count the connection, unless it is a proxy's; True when its address has CONNECTIONS_PER_ADDRESS already."""
        address = self.client[0] if self.client else ""
        if not address or speaks_for_others(address, self.config.forwarded_allow_ips):
            return False
        self.address = network_of(address)
        open_by_address[self.address] += 1
        return open_by_address[self.address] > settings.CONNECTIONS_PER_ADDRESS

    def connection_lost(self, exc) -> None:
        self.stop_waiting()
        forget(self.address)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if not self.is_at_work:
            self.wait_for_headers()  # a byte between two requests ends uvicorn's own keep-alive timeout
        if not self.is_in_body:
            self.header_bytes += len(data)
            if self.header_bytes > MOST_HEADER_BYTES:
                self.refuse(TOO_LONG)

    @property
    def is_at_work(self) -> bool:
        """A request's headers are all here and its answer is not yet complete."""
        return self.cycle is not None and not self.cycle.response_complete

    def on_message_begin(self) -> None:
        # Of the piece in which a request begins, the rest may be the body of the one before.
        self.header_bytes = -PIECE
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.stop_waiting()
        self.is_in_body = True
        if len(self.url) + sum(len(key) + len(value) for key, value in self.headers) > MOST_HEADER_BYTES:
            self.refuse(TOO_LONG)
        elif self._should_upgrade() and any(_announces_a_body(*header) for header in self.headers):
            self.refuse(NO_BODY_HERE)  # its bytes would be read as frames
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self.is_in_body = False
        if self.cycle is not None:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        if self.transport.is_closing():
            return  # refused: the parser goes on all the same
        self.stop_waiting()
        super().handle_websocket_upgrade()
        self.transport.get_protocol().address = self.address

    def pause_writing(self) -> None:
        self.unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self.unread.cancel()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.loop.call_later(LAST_SECONDS, self.transport.abort)

    def wait_for_headers(self) -> None:
        if self.waiting is None:
            self.waiting = self.loop.call_later(HEADER_SECONDS, self.refuse, TOO_SLOW)

    def stop_waiting(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None

    def refuse(self, answer: bytes) -> None:
        """Say why, and close, whatever still arrives."""
        self.stop_waiting()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
            self.loop.call_later(LAST_SECONDS, self.transport.abort)


class Socket(WebSocketsSansIOProtocol):
    """uvicorn's websocket, cut when it floods us with frames of any kind or does not read what we say."""

    address: str | None = None

    def connection_made(self, transport) -> None:
        self.counted_since, self.received = self.loop.time(), 0
        super().connection_made(transport)

    def connection_lost(self, exc) -> None:
        forget(self.address)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        now = self.loop.time()
        if now - self.counted_since > 1:
            self.counted_since, self.received = now, 0
        self.received += len(data)
        if self.received > FRAME_BYTES_A_SECOND or self.transport.get_write_buffer_size() > MOST_UNREAD:
            self.transport.abort()
            return
        super().data_received(data)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.loop.call_later(LAST_SECONDS, self.transport.abort)  # closing waits for what nobody reads


class Refused:
    """Connections refused because their address had too many, told to the log once in a while."""

    def __init__(self):
        self.count, self.told_at = 0, -float("inf")

    def one_more(self, now: float) -> None:
        self.count += 1
        if now - self.told_at >= SAY_EVERY_SECONDS:
            logger.warning("connections_refused", extra={"count": self.count})
            self.count, self.told_at = 0, now


refused = Refused()


def forget(address: str | None) -> None:
    """One connection less of this address."""
    if address is not None:
        open_by_address[address] -= 1
        if open_by_address[address] <= 0:
            del open_by_address[address]


def _announces_a_body(name: bytes, value: bytes) -> bool:
    return name == b"transfer-encoding" or (name == b"content-length" and value != b"0")


def speaks_for_others(address: str, proxies: str | list[str] | None) -> bool:
    """The address is one of the proxies that uvicorn believes (FORWARDED_ALLOW_IPS)."""
    names = proxies.split(",") if isinstance(proxies, str) else proxies or []
    return any(name.strip() == "*" or _is_within(address, name.strip()) for name in names)


def _is_within(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network)
    except ValueError:  # a name, or the path of a unix socket
        return address == network
