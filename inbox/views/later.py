"""Sending later, and taking back what has not left: the menu of times, and what can be done with what waits."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from integrations.events import MEDIA_KINDS, Invalid, Kind

from .. import gate, queries
from ..forms import TimeForm
from ..models import Conversation, Message
from ..operations import later, sending
from .access import find_conversation, members_only
from .panel import place_of
from .refusing import refuse, refuse_because

MORNING, EVENING = time(9), time(18)
EVENING_STILL_WORTH = time(17, 30)
STEP = timedelta(minutes=5)


@dataclass(frozen=True)
class Choice:
    """A time to send at, in the clinic's zone, and what it means for the patient."""

    label: str
    at: datetime
    place: ZoneInfo | None
    closes_at: datetime | None

    @property
    def value(self) -> str:
        """As the form reads it."""
        return f"{self.at:%Y-%m-%dT%H:%M}"

    @property
    def shown(self) -> str:
        """The hour, with the day unless it is today."""
        return (
            f"{self.at:%H:%M}"
            if self.at.date() == timezone.localdate()
            else date_format(self.at, "WEEKDAY_TIME")
        )

    @property
    def for_patient(self) -> str:
        """Their own clock, where it is another; with the day when that is another too."""
        if self.place is None:
            return ""
        theirs = self.at.astimezone(self.place)
        if theirs.utcoffset() == self.at.utcoffset():
            return ""
        return f"{theirs:%H:%M}" if theirs.date() == self.at.date() else date_format(theirs, "WEEKDAY_TIME")

    @property
    def is_shut(self) -> bool:
        """Only a template can be sent then, unless the patient writes first."""
        return self.closes_at is None or self.closes_at <= self.at


@require_GET
@members_only
def menu(request, pk):
    """The times to choose from; with `at`, what one chosen freely means; with `message`, for one that waits."""
    conversation = find_conversation(request, pk)
    if "at" in request.GET:
        form = TimeForm({"send_at": request.GET["at"]})
        choice = _choice(conversation, "", form.cleaned_data["send_at"]) if form.is_valid() else None
        return render(request, "inbox/_later_note.html", {"choice": choice, "form": form})
    waiting = _waiting(conversation, request.GET.get("message", ""))
    choices = [_choice(conversation, label, at) for label, at in _times(timezone.localtime())]
    context = {"conversation": conversation, "choices": choices, "waiting": waiting}
    return render(request, "inbox/_later_menu.html", context | {"now": timezone.now()})


@require_POST
@members_only
def schedule(request, pk):
    """Another time for a message that waits."""
    message, form = _find(request, pk), TimeForm(request.POST)
    if not form.is_valid():
        return refuse("invalid", str(form.errors["send_at"][0]))
    told = form.cleaned_data
    try:
        later.reschedule(
            message,
            send_at=told["send_at"],
            stops_on_reply=told["stops_on_reply"],
            by=request.member,
        )
    except (gate.Refused, Invalid, sending.Conflict) as problem:
        return refuse_because(problem)
    return HttpResponse(status=204)


@require_POST
@members_only
def send_now(request, pk):
    """Do not wait any longer with it."""
    try:
        later.send_now(_find(request, pk), by=request.member)
    except (gate.Refused, Invalid, sending.Conflict) as problem:
        return refuse_because(problem)
    return HttpResponse(status=204)


@require_POST
@members_only
def take_back(request, pk):
    """Do not send it; the answer holds what it said, for the composer."""
    message = _find(request, pk)
    try:
        later.take_back(message, by=request.member)
    except sending.Conflict as problem:
        return refuse_because(problem)
    return JsonResponse(_words_of(message))


def _words_of(message: Message) -> dict:
    """What the composer needs to hold the message again; a template is chosen anew."""
    quoted = queries.quoted_by([message]).get(message.reply_to_external_id)
    files = (
        message.attachments.values("id", "kind", "filename", "size") if message.kind in MEDIA_KINDS else ()
    )
    return {
        "text": "" if message.kind == Kind.TEMPLATE else message.text,
        "files": list(files),
        "reply_to": str(quoted.pk) if quoted else "",
        "is_template": message.kind == Kind.TEMPLATE,
        "send_at": f"{timezone.localtime(message.send_at):%Y-%m-%dT%H:%M}" if message.send_at else "",
        "stops_on_reply": message.stops_on_reply,
    }


def _waiting(conversation: Conversation, pk: str) -> Message | None:
    """The message whose time is to be changed; None when a new one is written. Raises Http404."""
    try:
        return get_object_or_404(Message, pk=UUID(pk), conversation=conversation) if pk else None
    except ValueError as problem:
        raise Http404 from problem


def _find(request, pk) -> Message:
    seen = queries.visible_conversations(request.member)
    return get_object_or_404(Message.objects.select_related("conversation"), pk=pk, conversation__in=seen)


def _choice(conversation: Conversation, label: str, at: datetime) -> Choice:
    return Choice(label, timezone.localtime(at), place_of(conversation), conversation.window_closes_at)


def _times(now: datetime) -> list[tuple[str, datetime]]:
    """The named times that are still to come, by the clinic's clock."""
    hour = now + timedelta(hours=1)
    beyond = (hour - datetime.min.replace(tzinfo=hour.tzinfo)) % STEP
    times = [(_("In an hour"), hour - beyond + STEP if beyond else hour)]
    if now.time() < EVENING_STILL_WORTH:
        times.append((_("This evening"), _at(now, 0, EVENING)))
    times.append((_("Tomorrow morning"), _at(now, 1, MORNING)))
    if now.weekday() != 6:  # on a Sunday, Monday is tomorrow
        times.append((_("Monday morning"), _at(now, 7 - now.weekday(), MORNING)))
    return times


def _at(now: datetime, days: int, hour: time) -> datetime:
    day = now.date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, hour), now.tzinfo)
