"""A template with its parameters put in: checked against its definition, and drawn for the phone."""

import re

from simulator.graph.errors import GraphError
from simulator.graph.limits import check_media
from simulator.world import App, Template, World

VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")


def find_template(world: World, app: App, wanted: dict) -> Template:
    """The sendable template of that name and language. Raises 132001, 132015 or 132016."""
    code = wanted["language"]["code"]
    for template in world.templates.values():
        if (template.waba_id, template.name, template.language) == (app.waba_id, wanted["name"], code):
            if template.status in ("PAUSED", "DISABLED"):
                raise GraphError(132015 if template.status == "PAUSED" else 132016)
            if template.status == "APPROVED":
                return template
    raise GraphError(132001, f"template name ({wanted['name']}) does not exist in {code}")


def render(world: World, app: App, template: Template, components: list) -> dict:
    """`{name, header?, body, footer?, buttons}` as the phone shows it. Raises GraphError when a parameter is off."""
    given = {c["type"].lower(): c for c in components if c.get("type", "").lower() in ("header", "body")}
    parts = {c["type"].upper(): c for c in template.components}
    shown = {"name": template.name, "language": template.language, "category": template.category}
    shown["header"] = header(world, app, template, parts.get("HEADER"), given.get("header"))
    body = fill(template, "body", parts["BODY"].get("text", ""), parameters_of(given.get("body")))
    if len(body) > 1024:
        raise GraphError(132005, f"Body text length {len(body)} exceeds 1024.")
    shown["body"] = body
    shown["footer"] = parts.get("FOOTER", {}).get("text")
    definitions = parts.get("BUTTONS", {}).get("buttons", [])
    shown["buttons"] = buttons(definitions, [c for c in components if c.get("type", "").lower() == "button"])
    return shown


def parameters_of(component: dict | None) -> list[dict]:
    return (component or {}).get("parameters") or []


def header(
    world: World, app: App, template: Template, definition: dict | None, given: dict | None
) -> dict | None:
    if definition is None:
        if parameters_of(given):
            raise GraphError(132000, "header: the template has no header parameters.")
        return None
    kind = definition.get("format", "TEXT").lower()
    if kind == "text":
        return {"type": "text", "text": fill(template, "header", definition["text"], parameters_of(given))}
    parameters = parameters_of(given)
    if len(parameters) != 1 or parameters[0].get("type") != kind:
        received = parameters[0].get("type", "UNKNOWN") if parameters else "UNKNOWN"
        raise GraphError(
            132012, f"header: Format mismatch, expected {kind.upper()}, received {received.upper()}"
        )
    if kind in ("image", "video", "document"):
        check_media(world, app, kind, parameters[0].get(kind) or {})
    return {"type": kind, kind: parameters[0].get(kind) or {}}


def fill(template: Template, where: str, text: str, parameters: list[dict]) -> str:
    """Put the parameters into the text; count, names, types and characters must fit."""
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    if len(names) != len(parameters):
        raise GraphError(132000, f"{where}: number of localizable_params ({len(parameters)}) does not match the "
                                 f"expected number of params ({len(names)})")  # fmt: skip
    if template.parameter_format.upper() == "NAMED":
        values = {p.get("parameter_name"): p for p in parameters}
        if set(values) != set(names):
            raise GraphError(132012, f"{where}: Parameter name is missing or does not exist in the template.")
    else:
        values = dict(zip(sorted(names, key=int), parameters, strict=True))
    return VARIABLE.sub(lambda match: plain(where, values[match.group(1)]), text)


def plain(where: str, parameter: dict) -> str:
    """The parameter as text."""
    kind = parameter.get("type", "text")
    if kind in ("currency", "date_time"):
        return str((parameter.get(kind) or {}).get("fallback_value", ""))
    if kind != "text" or not isinstance(parameter.get("text"), str):
        raise GraphError(132012, f"{where}: Format mismatch, expected TEXT, received {str(kind).upper()}")
    text = parameter["text"]
    if not text:
        raise GraphError(131008, f"Required parameter is missing: {where} text is empty.")
    if re.search(r"[\n\t\r]| {5,}", text):
        raise GraphError(
            132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        )
    return text


def buttons(definitions: list[dict], given: list[dict]) -> list[dict]:
    """The template's buttons, with payloads and the variable ends of their links."""
    by_index = {str(component.get("index")): component for component in given}
    unknown = set(by_index) - {str(position) for position in range(len(definitions))}
    if unknown:
        raise GraphError(132000, f"buttons: there is no button at index {', '.join(sorted(unknown))}.")
    return [button(str(position), d, by_index.get(str(position))) for position, d in enumerate(definitions)]


def button(index: str, definition: dict, given: dict | None) -> dict:
    kind, parameters = definition["type"].upper(), parameters_of(given)
    shown = {"type": kind, "text": definition.get("text", "")}
    if given and given.get("sub_type", "").upper() not in (kind, "VOICE_CALL"):
        raise GraphError(132012, f"Button at index {index} is of type {kind}.")
    if kind == "QUICK_REPLY":
        shown["payload"] = parameters[0].get("payload", shown["text"]) if parameters else shown["text"]
    elif kind == "URL":
        shown["url"] = link(index, definition.get("url", ""), parameters)
    elif kind == "PHONE_NUMBER":
        shown["phone_number"] = definition.get("phone_number")
    elif kind == "COPY_CODE":
        if not parameters:
            raise GraphError(131008, f"Button at index {index} of type CopyCode requires a parameter")
        shown["code"] = parameters[0].get("coupon_code")
    elif kind == "FLOW":
        action = parameters[0].get("action", {}) if parameters else {}
        shown.update(flow_token=action.get("flow_token"), flow_id=definition.get("flow_id"))
    return shown


def link(index: str, url: str, parameters: list[dict]) -> str:
    if not VARIABLE.search(url):
        return url
    if not parameters:
        raise GraphError(131008, f"Button at index {index} of type Url requires a parameter")
    return VARIABLE.sub(str(parameters[0].get("text", "")), url)
