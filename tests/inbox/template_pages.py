"""The settings' pages of templates, as an admin's browser asks for them."""

from integrations.models import Template
from tests.inbox.screens import HTMX

PAGE = "/settings/templates/"
NAMED = {"name": "visit_reminder", "language": "en", "category": "UTILITY"}
WRITTEN = {
    "category": "UTILITY",
    "parameter_format": "named",
    "header": "TEXT",
    "header_text": "Your visit",
    "body": "Hello {{first_name}}, we see you on Friday.\r\nBring your papers, please.",
    "footer": "Clinic Example",
    "button-kind": ["QUICK_REPLY", "URL"],
    "button-text": ["I will come", "Map"],
    "button-value": ["", "https://clinic.example/{{1}}"],
    "button-example": ["", "map"],
    "example-body.first_name": "Marta",
}


def begun(browser, **fields) -> Template:
    browser.post(PAGE + "new/", NAMED | fields, headers=HTMX)
    return Template.objects.get(name=fields.get("name", "visit_reminder"))


def page_of(browser, template) -> str:
    return browser.get(f"{PAGE}{template.pk}/", headers=HTMX).content.decode()
