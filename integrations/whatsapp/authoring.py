"""Templates handed in to Meta, changed and deleted there. Each call may be made twice without harm.

Source: Meta's "Message templates" pages for the Business Management API, v26.0.
"""

from . import api


def find_template(credentials: api.Credentials, name: str, language: str) -> dict | None:
    """What Meta has of that name in that language. Raises ProviderError."""
    asked = {"name": name, "language": language}
    found = api.list_templates(credentials, **asked)
    return next((each for each in found if {key: each.get(key) for key in asked} == asked), None)


def create_template(credentials: api.Credentials, template: dict) -> dict:
    """Hand a new template in; {id, status, category}. Meta refuses a second one of that name and language."""
    return api.call(credentials, "POST", f"{credentials.business_id}/message_templates", json=template)


def edit_template(credentials: api.Credentials, template_id: str, changes: dict) -> None:
    """Replace its components, and its category where it was never approved; Meta looks at it again."""
    api.call(credentials, "POST", template_id, json=changes)


def delete_template(credentials: api.Credentials, name: str, template_id: str) -> None:
    """Delete one language of a template for good; its name is not free again for 30 days."""
    asked = {"name": name, "hsm_id": template_id}
    api.call(credentials, "DELETE", f"{credentials.business_id}/message_templates", params=asked)
