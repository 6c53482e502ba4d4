"""The ASGI application: Graph API, control API and phone page around one world."""

import contextlib
from pathlib import Path

import httpx2
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from simulator import memory, personas
from simulator.control.routes import ROUTES as CONTROL
from simulator.graph.routes import ROUTES as GRAPH
from simulator.options import BadInput
from simulator.world import World

PHONE = Path(__file__).with_name("phone")
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class PhoneFiles(StaticFiles):
    """The page's own files, under a strict policy and never stale."""

    def file_response(self, *args, **kwargs):
        response = super().file_response(*args, **kwargs)
        response.headers.update({"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})
        return response


def make_app(world: World) -> Starlette:
    """The application for one world; `world` is at `app.state.world`."""
    app = Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse("/simulator/")),
            Route("/simulator", lambda request: RedirectResponse("/simulator/")),
            *GRAPH,
            Mount("/simulator/api", routes=CONTROL),
            Mount("/simulator", PhoneFiles(directory=PHONE, html=True)),
        ],
        exception_handlers={BadInput: bad_input},
        lifespan=lifespan,
    )
    app.state.world = world
    return app


async def bad_input(request, error: BadInput):
    return JSONResponse({"error": str(error)}, 400)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette):
    world: World = app.state.world
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=32)
    async with httpx2.AsyncClient(limits=limits, trust_env=False) as world.client:
        memory.recall(world)
        personas.seed(world)
        world.spawn(memory.keep_now_and_then(world))
        yield
        for task in list(world.tasks):
            task.cancel()
        memory.keep(world)
