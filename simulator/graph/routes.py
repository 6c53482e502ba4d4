"""/graph/v26.0/…: find the node, check the token, apply the chaos, answer as Meta does."""

import asyncio
import json
import re
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import transport
from simulator.graph import faults, files, messages, numbers, sign_ups, templates
from simulator.graph.errors import GraphError, unknown_object
from simulator.world import App, Number, World

VERSION = re.compile(r"v\d{1,2}\.\d")


async def endpoint(request: Request) -> Response:
    """Every Graph call but the media download."""
    world: World = request.app.state.world
    started, facts = time.perf_counter(), {}
    if world.options.latency_ms:
        await asyncio.sleep(world.options.latency_ms / 1000)
    try:
        response = await answer(world, request, facts)
    except GraphError as error:
        facts["code"] = error.code
        response = JSONResponse(error.body(), error.http, headers=error.headers)
    log(world, request, response, facts, started)
    return response


async def answer(world: World, request: Request, facts: dict) -> Response:
    if not VERSION.fullmatch(request.path_params["version"]):
        raise GraphError(2500, "Unknown path components", message="Unknown path components")
    path = request.path_params["path"].strip("/")
    if path == "oauth/access_token":
        return JSONResponse(sign_ups.exchange(world, dict(request.query_params)))
    app = authorised(world, request)
    node, _, edge = path.partition("/")
    if node == "debug_token":
        return JSONResponse(numbers.debug_token(world, app, request.query_params.get("input_token", "")))
    if node in world.numbers and world.app_of(world.numbers[node]).access_token == app.access_token:
        number = world.numbers[node]
        if edge == "messages" and request.method == "POST":
            return await send(world, world.app_of(number), number, request, facts)
        return JSONResponse(await number_node(world, number, edge, request))
    owner = world.apps.get(node)
    if owner and owner.access_token == app.access_token:
        return JSONResponse(await account_node(world, owner, edge, request))
    return JSONResponse(await other_node(world, app, node, edge, request))


def authorised(world: World, request: Request) -> App:
    """The app whose token this is. Raises 190."""
    app = token_owner(world, request)
    if app is None:
        words = "Invalid OAuth access token - Cannot parse access token"
        raise GraphError(190, words, message=words)
    return app


def token_owner(world: World, request: Request) -> App | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = (
        token.strip()
        if scheme.lower() in ("bearer", "oauth")
        else request.query_params.get("access_token", "")
    )
    return next((app for app in world.apps.values() if token and app.access_token == token), None)


async def number_node(world: World, number: Number, edge: str, request: Request) -> dict:
    query = request.query_params
    match (request.method, edge):
        case ("GET", ""):
            return numbers.describe(world, number, query.get("fields"))
        case ("POST", ""):
            return await numbers.configure(world, number, await json_body(request))
        case ("POST", "media"):
            return await files.upload(world, number, request)
        case ("POST", "register"):
            return numbers.register(number, await json_body(request))
        case ("POST", "smb_app_data"):
            return sign_ups.sync_phone(number, await json_body(request))
        case ("POST", "deregister"):
            return numbers.deregister(number)
        case ("GET", "whatsapp_business_profile"):
            return numbers.profile(number, query.get("fields"))
        case ("POST", "whatsapp_business_profile"):
            return numbers.change_profile(number, await json_body(request))
    raise unknown_object(f"{number.phone_number_id}/{edge}", request.method)


async def account_node(world: World, app: App, edge: str, request: Request) -> dict:
    query = dict(request.query_params)
    match (request.method, edge):
        case ("GET", ""):
            return {"id": app.waba_id, "name": "Simulated account", "timezone_id": "1", "currency": "USD",
                    "owner_business_info": {"id": app.business_id, "name": "Simulated business"},
                    "account_review_status": "APPROVED", "message_template_namespace": f"ns_{app.waba_id}"}  # fmt: skip
        case ("GET", "phone_numbers"):
            rows = [numbers.describe(world, n, query.get("fields")) for n in world.numbers_of(app.waba_id)]
            return {"data": rows, "paging": {"cursors": {"before": "c0", "after": f"c{len(rows)}"}}}
        case ("GET", "message_templates"):
            refuse_list(world, query)
            return templates.listing(world, app, query)
        case ("POST", "message_templates"):
            return templates.create(world, app, await json_body(request))
        case ("DELETE", "message_templates"):
            return templates.delete(world, app, query)
        case ("GET", "subscribed_apps"):
            return numbers.subscriptions(app)
        case ("POST", "subscribed_apps"):
            return await numbers.subscribe(world, app, await json_body(request, may_be_empty=True))
        case ("DELETE", "subscribed_apps"):
            app.subscribed = False
            return {"success": True}
    raise unknown_object(f"{app.waba_id}/{edge}", request.method)


def refuse_list(world: World, query: dict) -> None:
    """As chaos wants it: every page, or those after the first."""
    wrong = world.chaos_for(None).lists
    if wrong and (query.get("after") or not wrong.get("later_pages")):
        raise GraphError(
            int(wrong["code"]),
            wrong.get("details", ""),
            http=wrong.get("http"),
            retry_after=wrong.get("retry_after"),
        )


async def other_node(world: World, app: App, node: str, edge: str, request: Request) -> dict:
    """Templates, media and uploads by their id."""
    template = world.templates.get(node)
    if template and template.waba_id == app.waba_id:
        if request.method == "GET":
            fields = request.query_params.get("fields", "")
            return templates.describe(template, [f for f in fields.split(",") if f])
        return templates.edit(world, template, await json_body(request))
    record = files.visible(world, app, node)
    if record and request.method == "GET":
        return files.lookup(world, app, record, dict(request.query_params))
    if record and request.method == "DELETE":
        return files.delete(world, record)
    if node == app.app_id and edge == "uploads":
        return files.start_upload(world, dict(request.query_params))
    if node in world.uploads and request.method == "POST":
        return await files.finish_upload(world, node, request)
    raise unknown_object(node, request.method)


async def json_body(request: Request, *, may_be_empty: bool = False) -> dict:
    raw = await request.body()
    if not raw and may_be_empty:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        words = "The request body is not a JSON object."
        raise GraphError(100, words, message=f"(#100) {words}")
    return body


async def send(world: World, app: App, number: Number, request: Request, facts: dict) -> Response:
    """POST …/messages, with whatever the chaos settings make of it."""
    body = await json_body(request)
    chaos = world.chaos_for(number.phone_number_id)
    await messages.pause(world, chaos.slow_ms)
    if chaos.error and world.chance(chaos.error.get("p", 1)):
        facts["fault"] = "error"
        raise GraphError(
            int(chaos.error["code"]), chaos.error.get("details", ""), http=chaos.error.get("http")
        )
    if world.chance(chaos.rate_limit_429):
        facts["fault"] = "429"
        raise GraphError(130429, http=429)
    fault = next((f for f in ("http_5xx", "hang", "drop_response") if world.chance(getattr(chaos, f))), None)
    if fault:
        facts["fault"] = fault
        return await fail_unclearly(world, app, number, body, fault, request)
    if fault := faults.pick(world, chaos.faults):
        facts["fault"] = fault
        return await faults.go_wrong(world, app, number, body, fault, request)
    return JSONResponse(messages.send(world, app, number, body)[0])


async def fail_unclearly(
    world: World, app: App, number: Number, body: dict, fault: str, request: Request
) -> Response:
    """The answers after which nobody knows whether the message was taken: dropped, hung, or a bare 502."""
    chaos = world.chaos_for(number.phone_number_id)
    if fault == "drop_response" or world.chance(chaos.accept_on_failure):
        _, entry = messages.send(world, app, number, body)
        if entry:
            entry["answered"] = {"drop_response": "dropped", "hang": "hung", "http_5xx": "5xx"}[fault]
    if fault == "http_5xx":
        return Response(faults.PAGE, 502, media_type="text/html")
    return await (transport.drop(request) if fault == "drop_response" else transport.hang(request))


def log(world: World, request: Request, response: Response, facts: dict, started: float) -> None:
    status = None if facts.get("fault") in faults.SILENT else response.status_code
    entry = {
        "method": request.method, "path": request.url.path.removeprefix("/graph"), "http_status": status,
        "code": facts.get("code"), "fault": facts.get("fault"), "ms": round((time.perf_counter() - started) * 1000, 1),
    }  # fmt: skip
    world.requests.add(**entry)
    if world.listeners:
        world.tell("log", log="request", **entry)


async def media_download(request: Request) -> Response:
    world: World = request.app.state.world
    return files.download(world, token_owner(world, request), dict(request.query_params))


METHODS = ["GET", "POST", "DELETE"]
ROUTES = [
    Route("/graph/lookaside/whatsapp_business/attachments/", media_download),
    Route("/graph/{version}/{path:path}", endpoint, methods=METHODS),
]
