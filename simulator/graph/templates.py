"""message_templates: list, create, edit, delete, and the review that Meta's people would do."""

import asyncio
import re
import time
from itertools import pairwise

from simulator.graph.errors import GraphError
from simulator.graph.rendering import VARIABLE
from simulator.webhooks import emit
from simulator.world import App, Template, World, new_id

FIELDS = ("name", "parameter_format", "components", "language", "status", "category", "id")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
REASONS = {"REJECTED": "INVALID_FORMAT"}


def describe(template: Template, wanted: list[str] | None = None) -> dict:
    known = {
        **vars(template),
        "rejected_reason": template.rejected_reason,
        "quality_score": {"score": "UNKNOWN"},
    }
    return {key: known[key] for key in dict.fromkeys([*(wanted or FIELDS), "id"]) if key in known}


def listing(world: World, app: App, query: dict) -> dict:
    """A page of templates: `limit`, `after`, `fields`, and filters by name, status, language and category."""
    rows = [t for t in world.templates.values() if t.waba_id == app.waba_id and matches(t, query)]
    limit = max(1, min(int(query.get("limit", 25)), 250))
    start = cursor_position(query.get("after"))
    page = rows[start : start + limit]
    fields = [f.strip() for f in query.get("fields", "").split(",") if f.strip()]
    answer = {"data": [describe(t, fields) for t in page]}
    if page:
        answer["paging"] = {"cursors": {"before": f"c{start}", "after": f"c{start + len(page)}"}}
        if start + len(page) < len(rows):
            path = f"{world.public_url}/graph/v26.0/{app.waba_id}/message_templates"
            answer["paging"]["next"] = f"{path}?limit={limit}&after=c{start + len(page)}" + (
                f"&fields={','.join(fields)}" if fields else "")  # fmt: skip
    return answer


def cursor_position(cursor: str | None) -> int:
    if cursor and not re.fullmatch(r"c\d+", cursor):
        raise GraphError(131059, "Cursors are invalid or expired.", message="(#131059) Invalid cursor")
    return int(cursor[1:]) if cursor else 0


def matches(template: Template, query: dict) -> bool:
    return all(
        not query.get(key) or query[key].lower() in (getattr(template, key).lower(),)
        for key in ("name", "status", "language", "category")
    )


def create(world: World, app: App, body: dict) -> dict:
    """Take a template in for review. Raises GraphError as Meta's checks would."""
    check(body)
    same = [t for t in world.templates.values() if (t.waba_id, t.name) == (app.waba_id, body["name"])]
    if any(t.language == body["language"] for t in same):
        raise refused(
            2388024, "Content in this language already exists", "There is already content for this template."
        )
    template = Template(
        new_id(16), app.waba_id, body["name"], body["language"], body["category"].upper(),
        str(body.get("parameter_format", "POSITIONAL")).upper(), body["components"], "PENDING",
    )  # fmt: skip
    world.templates[template.id] = template
    world.tell("templates")
    if world.options.template_review_ms is not None:
        world.spawn(review(world, template, world.generation))
    return {"id": template.id, "status": template.status, "category": template.category}


def edit(world: World, template: Template, body: dict) -> dict:
    """Replace the components; the template goes back to review."""
    if template.status not in ("APPROVED", "REJECTED", "PAUSED"):
        raise refused(
            2388025, "Template cannot be edited", "Only approved, rejected or paused templates can be edited."
        )
    if "category" in body and template.status == "APPROVED" and body["category"] != template.category:
        raise refused(
            2388025, "Category cannot be changed", "The category of an approved template cannot be edited."
        )
    merged = {**vars(template), **body}
    check(merged)
    template.components, template.category, template.status = (
        merged["components"],
        merged["category"],
        "PENDING",
    )
    world.tell("templates")
    return {"success": True}


def delete(world: World, app: App, query: dict) -> dict:
    """By name, all languages; with `hsm_id` only that one."""
    gone = [
        t for t in world.templates.values()
        if t.waba_id == app.waba_id and t.name == query.get("name") and query.get("hsm_id") in (None, t.id)
    ]  # fmt: skip
    if not gone:
        raise refused(2593002, "Message template not found", "The template to delete does not exist.")
    for template in gone:
        del world.templates[template.id]
        announce(world, template, "DELETED")
    world.tell("templates")
    return {"success": True}


def refused(subcode: int, title: str, details: str) -> GraphError:
    return GraphError(100, details, subcode=subcode, title=title, message="Invalid parameter")


def check(body: dict) -> None:
    """Names, lengths, variables and their examples."""
    if not re.fullmatch(r"[a-z0-9_]{1,512}", str(body.get("name", ""))):
        raise refused(
            2388040, "Template name is not valid", "Names hold lower-case letters, digits and underscores."
        )
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", str(body.get("language", ""))):
        raise GraphError(100, "Param language must be a supported locale.")
    if str(body.get("category", "")).upper() not in ("MARKETING", "UTILITY", "AUTHENTICATION"):
        raise GraphError(100, "Param category must be one of {AUTHENTICATION, MARKETING, UTILITY}.")
    parts = {str(c.get("type", "")).upper(): c for c in body.get("components") or []}
    if "BODY" not in parts:
        raise refused(2388072, "Body is missing", "A template needs a body.")
    if str(body["category"]).upper() != "AUTHENTICATION":
        check_body(parts["BODY"])
    check_header(parts.get("HEADER"))
    if "FOOTER" in parts and (
        len(parts["FOOTER"].get("text", "")) > 60 or VARIABLE.search(parts["FOOTER"]["text"])
    ):
        raise refused(
            2388073, "Footer is not valid", "The footer holds at most 60 characters and no variables."
        )
    check_buttons(parts.get("BUTTONS", {}).get("buttons", []))


def check_body(part: dict) -> None:
    text = part.get("text", "")
    if not 1 <= len(text) <= 1024:
        raise refused(2388040, "Character limit", "The body holds 1 to 1024 characters.")
    if re.match(r"\s*\{\{", text) or re.search(r"\}\}\s*$", text):
        raise refused(
            2388299, "Leading or trailing variable", "Variables can't be at the start or end of the body."
        )
    if re.search(r"\}\}\s*\{\{", text):
        raise refused(2388072, "Adjacent variables", "Variables need text between them.")
    names = set(VARIABLE.findall(text))
    if len(names) * 3 > len(text.split()) + len(UNSPACED.findall(text)) // 2:
        raise refused(2388293, "Too many variables", "This template has too many variables for its length.")
    if names and not part.get("example"):
        raise refused(
            2388072, "Missing example", "component of type BODY is missing expected field(s) (example)"
        )


def check_header(part: dict | None) -> None:
    if not part:
        return
    kind = str(part.get("format", "TEXT")).upper()
    if kind == "TEXT" and not (
        1 <= len(part.get("text", "")) <= 60 and len(VARIABLE.findall(part["text"])) <= 1
    ):
        raise refused(
            2388047, "Header is not valid", "A header holds 1 to 60 characters and at most one variable."
        )
    if kind in ("IMAGE", "VIDEO", "DOCUMENT") and not (part.get("example") or {}).get("header_handle"):
        raise refused(
            2388047, "Missing example", "component of type HEADER is missing expected field(s) (example)"
        )


def check_buttons(buttons: list) -> None:
    kinds = [str(b.get("type", "")).upper() for b in buttons]
    if len(kinds) > 10 or kinds.count("URL") > 2 or kinds.count("PHONE_NUMBER") > 1:
        raise refused(2388019, "Too many buttons", "At most 10 buttons, 2 links and 1 phone number.")
    if any(len(b.get("text", "")) > 25 for b in buttons):
        raise refused(2388040, "Character limit", "Button texts hold at most 25 characters.")
    groups = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(a != b for a, b in pairwise(groups)) > 1:
        raise refused(2388047, "Buttons are mixed", "Quick replies must be grouped apart from other buttons.")


async def review(world: World, template: Template, generation: int) -> None:
    await asyncio.sleep(world.options.template_review_ms / 1000)
    if world.generation == generation and template.status == "PENDING":
        decide(world, template, "APPROVED")


def decide(world: World, template: Template, status: str, reason: str | None = None) -> None:
    """Set the status as Meta would, and tell the business."""
    template.status = status
    template.rejected_reason = reason or REASONS.get(status, "NONE")
    announce(world, template, status)
    world.tell("templates")


def announce(world: World, template: Template, event: str) -> None:
    value = {
        "event": event, "message_template_id": int(template.id), "message_template_name": template.name,
        "message_template_language": template.language,
        "reason": template.rejected_reason if event == "REJECTED" else "NONE",
        "message_template_category": template.category,
    }  # fmt: skip
    if event == "REJECTED":
        value["rejection_info"] = {"reason": "The reviewer did not accept the text.",
                                   "recommendation": "Change the text and send it in again."}  # fmt: skip
    app = world.apps[template.waba_id]
    emit(world, app, {"value": value, "field": "message_template_status_update"}, entry_time=int(time.time()))
