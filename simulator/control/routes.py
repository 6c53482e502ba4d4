"""The paths under /simulator/api/, as README.md lists them."""

import asyncio
import json
from dataclasses import asdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator import chats, media, options, personas
from simulator.control import acting, apps, logs
from simulator.graph import faults, sign_ups, templates
from simulator.options import BadInput
from simulator.world import Persona, World

PERSONA_FIELDS = {"name", "username", "auto_read", "reachable", "about"}


def api(function):
    """Give the function `(world, body-or-query, request)` and answer with what it returns, as JSON."""

    async def call(request: Request) -> Response:
        values = dict(request.query_params)
        if request.method in ("POST", "PATCH"):
            values.update(await body_of(request))
        try:
            result = function(request.app.state.world, values, request)
        except BadInput as error:
            return JSONResponse({"error": str(error)}, 400)
        except HTTPException as error:
            return JSONResponse({"error": error.detail}, error.status_code)
        return result if isinstance(result, Response) else JSONResponse(result)

    return call


async def body_of(request: Request) -> dict:
    raw = await request.body()
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadInput("The body must be a JSON object.")
    return body


def persona_of(world: World, request: Request) -> Persona:
    persona = world.personas.get(request.path_params["persona"])
    if persona is None:
        raise HTTPException(404, "No such persona.")
    return persona


def health(world, values, request):
    return {"ok": True}


def list_apps(world, values, request):
    return {"apps": [apps.describe(world, app) for app in world.apps.values()]}


def register_app(world, values, request):
    return apps.describe(world, apps.register(world, values))


def finish_dialog(world, values, request):
    return sign_ups.finish_dialog(world, values)


def list_personas(world, values, request):
    return {"personas": [personas.describe(world, p) for p in world.personas.values()]}


def create_persona(world, values, request):
    persona = personas.create(world, values)
    world.tell("personas")
    return JSONResponse(personas.describe(world, persona), 201)


def change_persona(world, values, request):
    persona = persona_of(world, request)
    unknown = set(values) - PERSONA_FIELDS
    if unknown:
        raise BadInput(f"Cannot change {', '.join(sorted(unknown))}.")
    for key, value in values.items():
        setattr(persona, key, value)
    world.tell("personas")
    return personas.describe(world, persona)


def list_messages(world, values, request):
    number, persona = apps.number_of(world, values), persona_of(world, request)
    rows = chats.chat(world, number.phone_number_id, persona.id)
    return {
        "messages": [chats.describe(world, m) for m in rows],
        "window_open": chats.window_open(world, number, persona.id),
    }


def act(world, values, request):
    return acting.write(world, apps.number_of(world, values), persona_of(world, request), values)


def read(world, values, request):
    return acting.read(world, apps.number_of(world, values), persona_of(world, request), values)


def played(world, values, request):
    return acting.played(world, persona_of(world, request), values)


def window(world, values, request):
    return acting.move_window(world, apps.number_of(world, values), persona_of(world, request), values)


def webhook(world, values, request):
    return acting.raw_webhook(world, values)


def status(world, values, request):
    return acting.status(world, values)


def echo(world, values, request):
    return acting.echo(world, apps.number_of(world, values), values)


def show_chaos(world, values, request):
    return asdict(world.chaos_for(values.get("phone_number_id")))


def change_chaos(world, values, request):
    scope = values.pop("phone_number_id", None)
    faults.check(values.get("faults"))
    settings = world.chaos.get(scope) or options.Chaos()
    options.change(settings, values)
    world.chaos[scope] = settings
    if "seed" in values:
        world.dice.seed(values["seed"])
    world.tell("chaos")
    return asdict(settings)


def end_chaos(world, values, request):
    scope = values.get("phone_number_id")
    if scope is None:
        world.chaos = {None: options.Chaos()}
    else:
        world.chaos.pop(scope, None)
    world.tell("chaos")
    return asdict(world.chaos_for(scope))


def show_options(world, values, request):
    return asdict(world.options)


def change_options(world, values, request):
    options.change(world.options, values)
    world.tell("chaos")
    return asdict(world.options)


def list_templates(world, values, request):
    wanted = values.get("waba_id")
    rows = [t for t in world.templates.values() if wanted in (None, t.waba_id)]
    return {"templates": [{**vars(t)} for t in rows]}


def decide_template(world, values, request):
    template = world.templates.get(request.path_params["template"])
    if template is None:
        raise HTTPException(404, "No such template.")
    if not values.get("status"):
        raise BadInput("Which status?")
    templates.decide(world, template, str(values["status"]).upper(), values.get("reason"))
    return vars(template)


def reset(world, values, request):
    world.clear()
    if values.get("apps") is True:
        world.apps.clear()
        world.numbers.clear()
    personas.seed(world)
    for waba_id in world.apps:
        apps.seed_templates(world, waba_id)
    world.tell("reset")
    return {"ok": True}


def sample(world, values, request):
    number = apps.number_of(world, values) if world.numbers else None
    return acting.describe_file(media.sample(world, number, str(values.get("kind"))))


async def upload(request: Request) -> Response:
    world: World = request.app.state.world
    async with request.form() as form:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise BadInput("Send the file as the multipart field named file.")
        content, mime_type = await file.read(), str(form.get("type") or file.content_type or "")
        number = apps.number_of(world, {k: v for k, v in form.items() if k == "phone_number_id"})
    try:
        record = media.from_phone(world, number, content, mime_type or "application/octet-stream")
    except ValueError as error:
        raise BadInput(str(error)) from error
    return JSONResponse(acting.describe_file(record), 201)


async def content(request: Request) -> Response:
    record = request.app.state.world.media.get(request.path_params["media"])
    if record is None:
        return JSONResponse({"error": "No such file."}, 404)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
    return FileResponse(record.path, media_type=record.mime_type, headers=headers)


async def events(request: Request) -> Response:
    """Server-sent events until the page goes away."""
    world: World = request.app.state.world
    queue: asyncio.Queue = asyncio.Queue()

    async def stream():
        world.listeners.add(queue)
        try:
            yield ": hello\n\n"
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), 15)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                yield f"data: {json.dumps(event)}\n\n"
        finally:
            world.listeners.discard(queue)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def route(path: str, **functions) -> Route:
    """One path, a function per method."""
    calls = {method: function if asyncio.iscoroutinefunction(function) else api(function)
             for method, function in functions.items()}  # fmt: skip

    async def dispatch(request: Request) -> Response:
        return await calls[request.method](request)

    return Route(path, dispatch, methods=list(calls))


ROUTES = [
    route("/health", GET=health),
    route("/apps", GET=list_apps, POST=register_app),
    route("/sign-ups", POST=finish_dialog),
    route("/personas", GET=list_personas, POST=create_persona),
    route("/personas/{persona}", PATCH=change_persona),
    route("/personas/{persona}/messages", GET=list_messages, POST=act),
    route("/personas/{persona}/read", POST=read),
    route("/personas/{persona}/played", POST=played),
    route("/personas/{persona}/window", POST=window),
    route("/media", POST=upload),
    route("/media/sample", POST=sample),
    route("/media/{media}/content", GET=content),
    route("/webhooks", POST=webhook),
    route("/statuses", POST=status),
    route("/echo", POST=echo),
    route("/chaos", GET=show_chaos, POST=change_chaos, DELETE=end_chaos),
    route("/options", GET=show_options, POST=change_options),
    route("/templates", GET=list_templates),
    route("/templates/{template}/status", POST=decide_template),
    route("/accepted", GET=logs.accepted),
    route("/deliveries", GET=logs.deliveries),
    route("/requests", GET=logs.requests),
    route("/reset", POST=reset),
    route("/events", GET=events),
]
