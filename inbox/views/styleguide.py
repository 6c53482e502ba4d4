"""Every component in every state, drawn by the real templates from rows that are in no table."""

from datetime import timedelta

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinics.models import Member
from contacts.models import Contact, Identity, PatientField
from integrations.models import Channel
from integrations.whatsapp.errors import explain

from ..models import Attachment, Conversation, Message, Reaction, Tag, Tagging
from ..story import Step, Story
from . import styleguide_templates
from .access import members_only
from .bubbles import Bubble
from .panel import PanelField
from .rows import rows_of

LONG = "Maximiliana-Alexandrovna von Placeholder-Exampleton zu Musterstadt"
WORDS = "Could you tell me whether I should come without breakfast? The leaflet says eight hours, mine says twelve."
BUTTONS = {"buttons": [{"id": "y", "title": "Yes, book it"}, {"id": "n", "title": "Another time"}]}
TAGS = ("orthodontics", "needs an invoice, and soon", "insurance", "VIP")
PLACE = {"latitude": 19.4326, "longitude": -99.1332, "name": "Plaza Ejemplo", "address": "Calle Ficticia 12"}
CARD = {"cards": [{"name": "Leo Example", "phones": ["+1 202 555 0188"], "company": "Example School"}]}
PEAKS = [20 + (place * 37) % 80 for place in range(64)]
SENT_AS = {"name": "visit_reminder", "language": "en", "category": "UTILITY", "version": "1f2e3d4c5b6a"}
SENT = {
    "name": "visit_reminder",
    "rendered": {"header": "Your visit", "body": "Friday at ten.", "buttons": []},
}


@require_GET
@members_only
def styleguide(request):
    """`?theme=dark`, `?dir=rtl` and `?density=compact` show it the other way."""
    asked = {name: request.GET.get(name, "") for name in ("theme", "dir", "density")}
    context = {"asked": asked, "rows": rows_of(_conversations()), "bubbles": _bubbles(), "tints": range(8)}
    context |= {"fields": _fields(), "contact": Contact(name="Nora Example"), "peaks": PEAKS}
    context |= {"story": _story(), "message": _story().message, **styleguide_templates.shown()}
    return render(request, "inbox/styleguide.html", context)


def _fields() -> list[PanelField]:
    told = [
        ("Insurance", "text", "AOK 123 456"),
        ("Weight in kg", "number", 12.5),
        ("Date of birth", "date", "2019-04-02"),
        ("Doctor", "choice", "Dr Example"),
        ("Interpreter needed", "yes_no", True),
    ]
    shown = [
        PanelField(PatientField(name=name, kind=kind, choices=["Dr Example", "Dr Sample"]), value)
        for name, kind, value in told
    ]
    return [*shown, PanelField(PatientField(name="Diagnosis", is_hidden=True), "Asthma", is_shown=False)]


def _story() -> Story:
    now = timezone.now()
    gate = {"rule": "template", "template": SENT_AS}
    message = _message("", "out", kind="template", state="failed", error_code="131026", gate=gate)
    steps = [
        Step("try", now - timedelta(minutes=3), "refused", now, "131056", explain("131056")),
        Step("try", now - timedelta(minutes=1), "accepted", now),
        Step("status", now, "failed", now, "131026", explain("131026")),
        Step("edit", now, text="Friday at nine."),
    ]
    return Story(message, steps, [], explain("131026"))


def _conversations() -> list[Conversation]:
    now = timezone.now()
    return [
        _conversation("Nora Example", preview="Can I move Leo's visit?", unread=2, waiting_since=now),
        _conversation("Otto Sample", preview="My tooth broke", priority=2, tagged=_tags()[:1]),
        _conversation("Priya Exampleton", preview="The invoice is wrong", priority=1, tagged=_tags()),
        _conversation(LONG, preview="", preview_kind="voice", last_inbound_at=now - timedelta(hours=20)),
        _conversation(
            "ليلى نخلة", preview="هل يمكنني تغيير الموعد؟", last_inbound_at=now - timedelta(hours=23)
        ),
        _conversation(
            "陈示例", preview="请问明天几点开门？", preview_direction="out", assignee=Member(name="Ada Agent")
        ),
        _conversation("", preview="Hi there", status="closed"),
    ]


def _tags() -> list[Tagging]:
    return [Tagging(tag=Tag(name=name, tint=tint)) for tint, name in enumerate(TAGS)]


def _conversation(name: str, **fields) -> Conversation:
    contact = Contact(name=name)
    identity = Identity(contact=contact, user_id="US.0123456789", username="sam.sample")
    told = {"last_message_at": timezone.now(), "last_inbound_at": timezone.now()} | fields
    tagged = told.pop("tagged", [])
    row = Conversation(contact=contact, identity=identity, channel=Channel(name="WhatsApp"), **told)
    row.tagged = tagged
    return row


def _bubbles() -> list[Bubble]:
    quoted = _message(WORDS)
    stored = Attachment(kind="document", state="stored", filename="Referral letter.pdf", size=48_000)
    told = [
        (_message(WORDS), None),
        (_message("Of course.", "out", state="read", reply_to_external_id="x"), quoted),
        *(
            (_message(state.title(), "out", state=state), None)
            for state in ("queued", "sent", "delivered", "read")
        ),
        (_message("This did not go through", "out", state="failed", error_code="131026"), None),
        (_message("Nobody knows about this one", "out", state="uncertain"), None),
        (_message("She sounds worried", "note", kind="note"), None),
        (_answered_note(), None),
        (_message("", "event", kind="assigned", content={"by": "Ada Agent", "to": "Ines"}), None),
        (_message("", "event", kind="closed", content={"by": "Ada Agent"}), None),
        (_message(f"{WORDS} " * 20), None),
        (_message("", kind="voice", files=[Attachment(kind="voice", state="stored")]), None),
        (_message("Edited since", edited_at=timezone.now()), None),
        (_message("مرحبا، هل يمكنني تغيير الموعد؟", emoji=["❤️"]), None),
        (_message("", kind="document", files=[stored]), None),
        (_message("", kind="image", files=[Attachment(kind="image", state="failed")]), None),
        (_message("", kind="location", content=PLACE), None),
        (_message("", kind="contacts", content=CARD), None),
        (_message("Shall we book ten?", "out", kind="buttons", content=BUTTONS, state="read"), None),
        (_message("", "out", kind="template", content=SENT, state="read"), None),
        (_message("", kind="unsupported", content={"original": "poll"}), None),
        (_message("", revoked_at=timezone.now()), None),
    ]
    earlier = _message("", "event", kind="assigned")
    return [Bubble(message, earlier if place else None, quote) for place, (message, quote) in enumerate(told)]


def _answered_note() -> Message:
    note = _message("She sounds worried", "note", kind="note", author=Member(name="Ada Agent"))
    answers = ("I called her, she is fine.", LONG, "مرحبا", "Then she may come tomorrow.")
    note.thread = [_message(each, "note", kind="note", author=Member(name="Ines")) for each in answers]
    return note


def _message(text: str, direction: str = "in", files=(), emoji=(), **fields) -> Message:
    told = {"kind": "text", "external_id": "wamid.styleguide"} | fields
    message = Message(text=text, direction=direction, **told)
    message.files, message.is_pinned = list(files), False
    message.thread, message.answered = [], None
    message.emoji = [Reaction(author="contact", emoji=each) for each in emoji]
    return message
