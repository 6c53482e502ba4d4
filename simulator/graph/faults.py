"""The ways in which one send goes wrong: what a provider, a proxy or the network does instead of a proper answer."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from simulator import transport
from simulator.graph import messages
from simulator.graph.errors import GraphError
from simulator.options import BadInput
from simulator.world import App, Number, World

PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
RETRY_AFTER = 1  # seconds
# Refused in the provider's own words: the message is provably not taken.
REFUSALS = {
    "rate_limit": (130429, 400),
    "pair_limit": (131056, 400),
    "too_many": (130429, 429),
    "token": (190, 401),
    "undeliverable": (131026, 400),
    "busy": (131016, 503),
}
BEFORE = ("reset_before", "hang_before", "bare_500_before")
AFTER = ("reset_after", "hang_after", "bare_500_after", "drip", "half_json", "page")
NAMES = (*REFUSALS, *BEFORE, *AFTER)
SILENT = frozenset({"drop_response", "hang", "reset_before", "hang_before", "reset_after", "hang_after"})


def check(faults: dict | None) -> None:
    """Raises BadInput for a fault that does not exist."""
    if unknown := set(faults or {}) - set(NAMES):
        raise BadInput(f"Unknown fault: {', '.join(sorted(unknown))}.")


def pick(world: World, faults: dict) -> str | None:
    """One of these faults, each by its probability, or none."""
    return next((name for name, probability in faults.items() if world.chance(probability)), None)


async def go_wrong(
    world: World, app: App, number: Number, body: dict, fault: str, request: Request
) -> Response:
    """Answer a send with this fault. After those of AFTER the message is taken all the same. Raises GraphError."""
    if fault == "busy":
        return JSONResponse(
            GraphError(REFUSALS[fault][0]).body(), 503, headers={"Retry-After": str(RETRY_AFTER)}
        )
    if fault in REFUSALS:
        code, http = REFUSALS[fault]
        raise GraphError(code, http=http)
    answer = {}
    if fault in AFTER:
        answer, entry = messages.send(world, app, number, body)
        if entry:
            entry["answered"] = fault
    return await _answer(fault, json.dumps(answer).encode(), request)


async def _answer(fault: str, answer: bytes, request: Request) -> Response:
    match fault.removesuffix("_before").removesuffix("_after"):
        case "reset":
            return await transport.drop(request)
        case "hang":
            return await transport.hang(request)
        case "drip":
            return StreamingResponse(_drip(answer), media_type="application/json")
        case "half_json":
            return Response(answer[: len(answer) // 2], media_type="application/json")
        case "page":
            return Response(PAGE, media_type="text/html")
    return Response(PAGE, 500, media_type="text/html")


async def _drip(answer: bytes) -> AsyncIterator[bytes]:
    """A byte a second, for as long as anybody listens."""
    for at in range(len(answer)):
        yield answer[at : at + 1]
        await asyncio.sleep(1)
