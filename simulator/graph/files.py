"""Media and resumable uploads."""

from starlette.requests import Request
from starlette.responses import Response

from simulator import media
from simulator.graph.errors import GraphError
from simulator.world import App, Media, Number, World, new_id


async def upload(world: World, number: Number, request: Request) -> dict:
    """POST /{phone_number_id}/media, multipart. Returns `{id}`."""
    async with request.form() as form:
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp" or file is None or isinstance(file, str):
            raise GraphError(100, "The parameters messaging_product and file are required.",
                             message="(#100) The parameter messaging_product is required.")  # fmt: skip
        mime_type = str(form.get("type") or file.content_type or "application/octet-stream")
        content = await file.read()
    limit = media.LIMITS.get(media.base_type(mime_type))
    if limit is None:
        allowed = ", ".join(media.LIMITS)
        words = (
            f"Param file must be a file with one of the following types: {allowed}. Received: '{mime_type}'."
        )
        raise GraphError(100, words, message=f"(#100) {words}")
    if not content or len(content) > limit:
        raise GraphError(131053, f"File size must be from 1 to {limit} bytes; it is {len(content)}.")
    record = media.store(world, content, mime_type, owner=number.phone_number_id, lifetime=media.UPLOADED_S)
    return {"id": record.id}


def lookup(world: World, app: App, record: Media, query: dict) -> dict:
    """GET /{media_id}: a fresh address, and the digest in hex (webhooks give it in base64)."""
    if query.get("phone_number_id") and record.owner and query["phone_number_id"] != record.owner:
        raise GraphError(100, "The media belongs to another phone number.", subcode=33)
    return {
        "url": media.signed_url(world, record), "mime_type": record.mime_type, "sha256": record.sha256.hex(),
        "file_size": record.file_size, "id": record.id, "messaging_product": "whatsapp",
    }  # fmt: skip


def visible(world: World, app: App, identifier: str) -> Media | None:
    """The media if it is alive and this app's."""
    record = media.living(world, identifier)
    if record is None or (record.owner and world.numbers[record.owner].waba_id != app.waba_id):
        return None
    return record


def delete(world: World, record: Media) -> dict:
    del world.media[record.id]
    return {"success": True}


def download(world: World, app: App | None, query: dict) -> Response:
    """The bytes, for whoever holds both a fresh address and the token. 401 and 404 have no JSON worth reading."""
    if app is None:
        return Response("Authentication required", 401)
    identifier = query.get("mid", "")
    record = visible(world, app, identifier)
    if record is None or not media.is_valid_url(
        world, identifier, query.get("ext", ""), query.get("hash", "")
    ):
        return Response("Not found", 404)
    return Response(open(record.path, "rb").read(), media_type=record.mime_type)


def start_upload(world: World, query: dict) -> dict:
    """POST /{app_id}/uploads: a session of the Resumable Upload API."""
    if not query.get("file_length", "").isdigit() or not query.get("file_type"):
        raise GraphError(100, "file_length and file_type are required.")
    session = f"upload:{new_id(20)}"
    world.uploads[session] = {"type": query["file_type"], "length": int(query["file_length"])}
    return {"id": session}


async def finish_upload(world: World, session: str, request: Request) -> dict:
    """POST /upload:…: the bytes; the handle goes into a template's example or a profile picture."""
    content = await request.body()
    if len(content) != world.uploads[session]["length"]:
        raise GraphError(100, "The file is not as long as announced.")
    world.uploads.pop(session)
    return {"h": f"4::aW1hZ2U=:AR{new_id(24)}"}
