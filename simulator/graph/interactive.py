"""The limits of interactive messages: reply buttons, lists, links, flows, requests."""

from collections.abc import Callable

from simulator.graph.errors import GraphError


def invalid(details: str) -> GraphError:
    return GraphError(131009, details)


def length(text: object, limit: int, what: str, *, least: int = 1) -> None:
    if not isinstance(text, str) or not least <= len(text) <= limit:
        raise invalid(f"{what} length invalid. Min length: {least}, Max length: {limit}")


def check_interactive(content: dict) -> None:
    kind = content.get("type")
    rule = KINDS.get(kind)
    if rule is None:
        raise invalid(f"Interactive type {kind} is not supported.")
    action = content.get("action")
    if not isinstance(action, dict):
        raise GraphError(131008, "Required parameter 'interactive.action' is missing.")
    check_frame(content, body_limit=4096 if kind == "list" else 1024, text_header_only=kind == "list")
    rule(action)


def check_frame(content: dict, *, body_limit: int, text_header_only: bool) -> None:
    """Header, body and footer, which all kinds share."""
    length((content.get("body") or {}).get("text"), body_limit, "Body text")
    if content.get("footer"):
        length(content["footer"].get("text"), 60, "Footer text")
    header = content.get("header")
    if not header:
        return
    if header.get("type") == "text":
        length(header.get("text"), 60, "Header text")
    elif text_header_only or header.get("type") not in ("image", "video", "document"):
        raise invalid(f"Header type {header.get('type')} is not allowed here.")


def check_buttons(action: dict) -> None:
    buttons = action.get("buttons") or []
    if not 1 <= len(buttons) <= 3:
        raise invalid("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    replies = [button.get("reply") or {} for button in buttons]
    if any(button.get("type") != "reply" for button in buttons):
        raise invalid("Button type must be reply.")
    for reply in replies:
        length(reply.get("title"), 20, "Button title")
        length(reply.get("id"), 256, "Button id")
    for key in ("id", "title"):
        if len({reply[key] for reply in replies}) < len(replies):
            raise invalid(f"Duplicated button {key}.")


def check_list(action: dict) -> None:
    length(action.get("button"), 20, "Button label")
    sections = action.get("sections") or []
    if not 1 <= len(sections) <= 10:
        raise invalid("Invalid sections count. Min allowed sections: 1, Max allowed sections: 10")
    for section in sections:
        if len(sections) > 1 or section.get("title"):
            length(section.get("title"), 24, "Section title")
    rows = [row for section in sections for row in section.get("rows") or []]
    if not 1 <= len(rows) <= 10:
        raise invalid(
            "Total row count exceed max allowed count: 10" if rows else "A list needs at least one row."
        )
    for row in rows:
        length(row.get("id"), 200, "Row id")
        length(row.get("title"), 24, "Row title")
        length(row.get("description", ""), 72, "Row description", least=0)
    if len({row["id"] for row in rows}) < len(rows):
        raise invalid("Duplicated row id.")


def parameters(action: dict, name: str) -> dict:
    if action.get("name") != name:
        raise invalid(f"action.name must be {name}.")
    return action.get("parameters") or {}


def check_cta_url(action: dict) -> None:
    given = parameters(action, "cta_url")
    length(given.get("display_text"), 20, "Display text")
    if not str(given.get("url", "")).startswith(("https://", "http://")):
        raise invalid("action.parameters.url must be a URL.")


def check_flow(action: dict) -> None:
    given = parameters(action, "flow")
    if bool(given.get("flow_id")) == bool(given.get("flow_name")):
        raise invalid("Exactly one of flow_id and flow_name is required.")
    if str(given.get("flow_message_version")) != "3":
        raise invalid("flow_message_version must be 3.")
    length(given.get("flow_cta"), 30, "Flow button text")
    if given.get("flow_action", "navigate") not in ("navigate", "data_exchange"):
        raise invalid("flow_action must be navigate or data_exchange.")


def named(*names: str) -> Callable:
    def check(action: dict) -> None:
        if action.get("name") not in names:
            raise invalid(f"action.name must be {' or '.join(names)}.")

    return check


KINDS = {
    "button": check_buttons,
    "list": check_list,
    "cta_url": check_cta_url,
    "flow": check_flow,
    "location_request_message": named("send_location"),
    "address_message": named("address_message"),
    "request_contact_info": named("request_contact_info"),
    "call_permission_request": named("call_permission_request"),
}
