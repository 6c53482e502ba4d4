"""`python -m simulator`: serve the Graph API, the control API and the phone page in one process."""

import argparse
import asyncio
import os
import socket
import sys
from pathlib import Path

import uvicorn

from simulator.app import make_app
from simulator.transport import DroppableProtocol
from simulator.world import World


def main() -> int:
    if os.environ.get("CLINIC_ENV", "").lower() == "production":
        print(
            "The simulator refuses to start: CLINIC_ENV is production, and a stand-in for Meta has no place there.",
            file=sys.stderr,
        )
        return 2
    options = read_arguments()
    listener = socket.create_server((options.host, options.port), backlog=1024)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    listener.setblocking(False)
    serve(listener, options)
    return 0


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument("--state-dir", type=Path, help="keep chats and media here between runs")
    parser.add_argument("--public-url", help="address put into media URLs, when behind a proxy")
    return parser.parse_args()


def serve(listener: socket.socket, options: argparse.Namespace) -> None:
    host, port = listener.getsockname()[:2]
    public_url = (options.public_url or f"http://{host}:{port}").rstrip("/")
    world = World(public_url=public_url, state_dir=options.state_dir)
    config = uvicorn.Config(
        make_app(world),
        http=DroppableProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    print(f"Simulator ready: {public_url}/simulator/", flush=True)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    sys.exit(main())
