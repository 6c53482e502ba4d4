"""What members type and choose, checked before it reaches an operation."""

import re
from datetime import datetime, time, timedelta
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.queries import active_members, teams
from integrations import queries as integrations
from integrations.models import Template

from .models import (
    LONGEST_SNOOZE,
    AlertChoices,
    Attachment,
    Event,
    Letter,
    Message,
    RetentionRule,
)
from .unseen import read_seen

VALUE = re.compile("value-([^-]*)-(.*)")
LONGEST_TEXT = 4096  # WhatsApp's limit; a note may be as long


class TimeForm(forms.Form):
    """When a message is to be sent, by the clinic's clock; and whether the patient's own message stops it."""

    send_at = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M"],
        error_messages={"required": _("Choose a time."), "invalid": _("Choose a time that exists.")},
    )
    stops_on_reply = forms.BooleanField(required=False)

    def clean_send_at(self) -> datetime:
        moment = self.cleaned_data["send_at"]
        if moment and moment <= timezone.now():
            raise forms.ValidationError(_("Choose a time that is still to come."))
        if moment and moment > timezone.now() + LONGEST_SNOOZE:
            raise forms.ValidationError(_("Choose a time within a year."))
        return moment


class MessageForm(forms.Form):
    """One thing from the composer: a text, a file with a caption, a template, or a note."""

    client_id = forms.UUIDField()
    mode = forms.ChoiceField(choices=[("reply", "reply"), ("note", "note")])
    text = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=False)
    attachment = forms.UUIDField(required=False)
    reply_to = forms.UUIDField(required=False)
    template = forms.UUIDField(required=False)
    seen = forms.CharField(
        required=False,
        max_length=8000,  # ids of two hundred messages
    )  # ids of the newest messages the page shows; "-" for none
    draft = forms.IntegerField(required=False)  # the number of the draft this was
    send_at = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])
    stops_on_reply = forms.BooleanField(required=False)

    def __init__(self, data, *, conversation, member):
        super().__init__(data)
        self.conversation, self.member = conversation, member

    def clean_attachment(self) -> Attachment | None:
        """A file they uploaded for this conversation, or one of its thread. Asking twice finds it again."""
        if pk := self.cleaned_data["attachment"]:
            files = Attachment.objects.filter(channel_id=self.conversation.channel_id)
            own = Q(message=None, uploaded_by=self.member, uploaded_for=self.conversation)
            return self._find(files.filter(own | Q(message__conversation=self.conversation)), pk)
        return None

    def clean_reply_to(self) -> Message | None:
        if pk := self.cleaned_data["reply_to"]:
            return self._find(Message.objects.filter(conversation=self.conversation), pk)
        return None

    def clean_template(self) -> Template | None:
        if pk := self.cleaned_data["template"]:
            business_id = self.conversation.channel.business_id
            return self._find(integrations.templates(business_id), pk)
        return None

    def clean_seen(self) -> set[UUID] | None:
        """None when the page does not say."""
        told = self.cleaned_data["seen"]
        return read_seen(told) if told else None

    def clean(self) -> dict:
        told = self.cleaned_data
        if not (told.get("text", "").strip() or told.get("attachment") or told.get("template")):
            raise forms.ValidationError(_("There is nothing to send yet."))
        return told

    def values(self) -> dict:
        """The template's values: fields named `value-body-1`, `value-buttons-0` …"""
        values: dict = {}
        for name, value in self.data.items():
            if found := VALUE.fullmatch(name):
                where, key = found.groups()
                values.setdefault(where, {})[key] = value.strip()
        return values

    def _find(self, rows, pk):
        if (row := rows.filter(pk=pk).first()) is None:
            raise forms.ValidationError(_("This is not there any more."))
        return row


class AssignForm(forms.Form):
    """To whom: one member, one team, or, with both empty, nobody."""

    member = forms.ModelChoiceField(queryset=None, required=False)
    team = forms.ModelChoiceField(queryset=None, required=False)

    def __init__(self, data):
        super().__init__(data)
        self.fields["member"].queryset = active_members()
        self.fields["team"].queryset = teams()


class EmergencyForm(forms.Form):
    """Why a member opens what is not theirs to see."""

    reason = forms.CharField(min_length=10, max_length=500)


class NumberForm(forms.Form):
    """A patient's phone number, all of it."""

    number = forms.RegexField(r"^\+?[\d ()./-]{6,30}$", max_length=30)


class SnoozeForm(forms.Form):
    """Until when: one of the named times, or a date and hour in the clinic's zone.

    `window` is when the last hours of one conversation's window begin, where there is one conversation.
    """

    NAMED = ("hours", "tomorrow", "week", "window")
    until = forms.ChoiceField(choices=[(name, name) for name in NAMED], required=False)
    at = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])

    def __init__(self, *args, window: datetime | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.window = window

    def clean(self) -> dict:
        told = self.cleaned_data
        until = told.get("until")
        moment = told.get("at") or (self.window if until == "window" else _named(until))
        if moment is None or moment <= timezone.now():
            raise forms.ValidationError(_("Choose a time that is still to come."))
        if moment > timezone.now() + LONGEST_SNOOZE:
            raise forms.ValidationError(_("Choose a time within a year."))
        return told | {"moment": moment}


def _named(name: str) -> datetime | None:
    now = timezone.localtime()
    if name == "hours":
        return now + timedelta(hours=3)
    if name == "tomorrow":
        return _morning(now + timedelta(days=1))
    return _morning(now + timedelta(days=7 - now.weekday())) if name == "week" else None


def _morning(day: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(day.date(), time(9)), day.tzinfo)


class AlertForm(forms.Form):
    """What a member is told of, and when they are left in peace."""

    pushes = forms.MultipleChoiceField(
        label=_("Tell my browsers when"), choices=Event, required=False, widget=forms.CheckboxSelectMultiple
    )
    sounds = forms.MultipleChoiceField(
        label=_("Play a sound in the open inbox when"),
        choices=[each for each in Event.choices if each[0] != Event.ASSIGNED],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    mails = forms.MultipleChoiceField(
        label=_("Write me an e-mail when"),
        choices=Letter,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    mail_after = forms.TypedChoiceField(
        label=_("If I have not looked"),
        choices=AlertChoices.MailAfter,
        coerce=int,
        required=False,
        empty_value=AlertChoices.MailAfter.FIFTEEN,
    )
    quiet_from = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Until"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )

    def clean(self) -> dict:
        """Both ends or none."""
        values = super().clean()
        if not self.errors and (values["quiet_from"] is None) != (values["quiet_until"] is None):
            self.add_error(
                "quiet_until" if values["quiet_from"] else "quiet_from", _("Give both times, or neither.")
            )
        return values


KEEPING = [
    ("", _("As long as the clinic")),
    (6, _("6 months")),
    (12, _("1 year")),
    (24, _("2 years")),
    (36, _("3 years")),
    (60, _("5 years")),
    (84, _("7 years")),
    (120, _("10 years")),
]


def _keeping(label, help_text):
    return forms.TypedChoiceField(
        label=label, help_text=help_text, choices=KEEPING, coerce=int, empty_value=None, required=False
    )


class RetentionForm(forms.Form):
    """How long each subject of RetentionRule is kept; empty for as long as the clinic."""

    messages = _keeping(
        _("Messages"), _("With their files, notes and reactions, counted from when they came here.")
    )
    files = _keeping(
        _("Files"), _("Pictures, voice messages and documents; the message itself stays and says so.")
    )
    reports = _keeping(_("What WhatsApp reports"), _("Quality of the number, fate of templates, calls."))

    def clean(self) -> dict:
        """Files cannot outlive the messages they hang on."""
        values = super().clean()
        kept, files = values.get("messages"), values.get("files")
        if kept and files:
            values["files"] = min(kept, files)
        return {subject.value: values.get(subject.value) for subject in RetentionRule.Subject}
