"""Templates as the provider tells them, for the tests of the gate and of sending."""

from copy import deepcopy

from integrations.models import Provider, Template

BODY = {
    "type": "BODY",
    "text": "Hello {{1}}, your visit is on {{2}}.",
    "example": {"body_text": [["Nora", "3 May"]]},
}
LINK = {
    "type": "BUTTONS",
    "buttons": [{"type": "URL", "text": "Directions", "url": "https://clinic.example/{{1}}"}],
}
PICTURE = {"type": "HEADER", "format": "IMAGE"}
FOOTER = {"type": "FOOTER", "text": "Clinic Example"}
FILLED = {"body": {"1": "Nora", "2": "3 May"}}


def make_template(channel, *components, name="visit_reminder", **fields) -> Template:
    defaults = {"language": "en", "category": "UTILITY", "status": "APPROVED"}
    return Template.objects.create(
        provider=Provider.WHATSAPP,
        business_id=channel.business_id,
        name=name,
        components=deepcopy(list(components or [BODY, FOOTER])),
        **defaults | fields,
    )
