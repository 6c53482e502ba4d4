"""From our rows to what an adapter sends: one Message becomes one Outgoing."""

from integrations.events import File, Kind, Outgoing
from integrations.models import Template

from . import template_values
from .models import Attachment, Message


def compose(
    message: Message,
    *,
    attempt_id: str = "",
    file: File | None = None,
    template: Template | None = None,
) -> Outgoing:
    """The message as the adapter takes it, addressed to its conversation's identity.

    `file` is the message's attachment once the provider holds it. `template` is today's row of the template.
    """
    identity = message.conversation.identity
    is_template = message.kind == Kind.TEMPLATE
    return Outgoing(
        kind=Kind(message.kind),
        to_wa_id=identity.wa_id or "",
        to_user_id=identity.user_id or "",
        text="" if is_template else message.text,
        content=_template(message, template, file) if is_template else message.content,
        file=None if is_template else file,
        reply_to=message.reply_to_external_id,
        attempt_id=attempt_id,
    )


def standing_in(attachment: Attachment | None) -> File | None:
    """A stand-in for a file the provider does not hold yet, to check everything else about the message."""
    return attachment and File(external_id="not-uploaded-yet", filename=attachment.filename)


def _template(message: Message, template: Template | None, file: File | None) -> dict:
    content = {"name": message.content["name"], "language": message.content["language"], "components": []}
    if template is not None:
        content["components"] = template_values.components(template, message.content["parameters"], file)
    return content
