"""The forms of the page on who answers, and when."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clinics.queries import active_members

from .models import LONGEST_PATIENCE, LONGEST_TARGET, LONGEST_TEXT, AnswerRules, CloseReason


def _minutes(label):
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=LONGEST_PATIENCE)


class TextsForm(forms.Form):
    """Greeting and away reply, each in the languages of the screens."""

    greets = forms.BooleanField(
        label=_("Greet whoever begins a conversation within the hours"), required=False
    )
    answers_away = forms.BooleanField(
        label=_("Answer outside the hours that nobody is there"), required=False
    )
    quiet_minutes = forms.IntegerField(
        label=_("Stay quiet after a person wrote"),
        help_text=_("Minutes, 5 to 1440. Nothing is said either while somebody is writing an answer."),
        min_value=5,
        max_value=1440,
    )

    def __init__(self, *args, first: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.codes = sorted(dict(settings.LANGUAGES), key=lambda code: (code != first, code))
        names = dict(settings.LANGUAGES)
        for kind in ("greeting", "away"):
            for code in self.codes:
                self.fields[f"{kind}-{code}"] = forms.CharField(
                    label=names[code],
                    required=False,
                    max_length=LONGEST_TEXT,
                    widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "lang": code}),
                )

    def clean(self) -> dict:
        values = super().clean()
        for switch, kind in (("greets", "greeting"), ("answers_away", "away")):
            told = {code: values.get(f"{kind}-{code}", "") for code in self.codes}
            values[kind] = {code: text for code, text in told.items() if text}
            if values.get(switch) and not values[kind]:
                self.add_error(switch, _("Write the text first, in one language at least."))
        return {
            name: values.get(name) for name in ("greets", "answers_away", "quiet_minutes", "greeting", "away")
        }

    @property
    def groups(self) -> list[tuple]:
        """(switch, field of the clinic's language, the others) of each text."""
        found = []
        for switch, kind in (("greets", "greeting"), ("answers_away", "away")):
            fields = [self[f"{kind}-{code}"] for code in self.codes]
            found.append((self[switch], fields[0], fields[1:]))
        return found


class AssigningForm(forms.ModelForm):
    class Meta:
        model = AnswerRules
        fields = ["assigning", "is_sticky", "heeds_languages", "offers_back"]
        widgets = {"assigning": forms.RadioSelect}
        labels = {
            "assigning": _("Conversations that begin"),
            "is_sticky": _("Whoever held the conversation before keeps it, if they are here"),
            "heeds_languages": _("Rather somebody who speaks the patient's language"),
            "offers_back": _("What waits for somebody who is away is offered to the others"),
        }


class TargetsForm(forms.Form):
    """Minutes of business time."""

    first_reply_minutes = forms.IntegerField(
        label=_("First answer within"), required=False, min_value=1, max_value=LONGEST_TARGET
    )
    next_reply_minutes = forms.IntegerField(
        label=_("Each further answer within"), required=False, min_value=1, max_value=LONGEST_TARGET
    )


class OnCallForm(forms.Form):
    """Who is called when nobody answers, and when. Minutes are of the clock, and may be left out."""

    members = forms.ModelMultipleChoiceField(
        label=_("Members"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    on_urgent = forms.BooleanField(label=_("For patients who are marked as urgent"), required=False)
    on_overdue = forms.BooleanField(label=_("For patients who wait past the target"), required=False)
    inside_minutes = _minutes(_("Minutes while the clinic is open"))
    outside_minutes = _minutes(_("Minutes while it is closed"))
    admins_minutes = _minutes(_("Minutes more until the admins"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = active_members()

    def clean(self) -> dict:
        values = super().clean()
        if values.get("inside_minutes") or values.get("outside_minutes"):
            if not values.get("members"):
                self.add_error("members", _("Choose somebody, or leave the minutes empty."))
            if not values.get("on_urgent") and not values.get("on_overdue"):
                self.add_error("on_overdue", _("Choose for which patients."))
        return values


class AskingForm(forms.Form):
    asks_reason = forms.ChoiceField(
        label=_("When a conversation is closed, its reason is"), choices=AnswerRules.Reason
    )


class ReasonForm(forms.Form):
    name = forms.CharField(label=_("Reason"), max_length=CloseReason._meta.get_field("name").max_length)


class ChannelRuleForm(forms.Form):
    """What is otherwise about one channel."""

    answers = forms.BooleanField(required=False)
    team = forms.ModelChoiceField(queryset=None, required=False)

    def __init__(self, *args, teams, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams


class CloseForm(forms.Form):
    """Why a conversation is closed; both may be empty, the operation says when not."""

    close_reason = forms.ModelChoiceField(queryset=None, required=False)
    close_note = forms.CharField(max_length=300, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["close_reason"].queryset = CloseReason.objects.filter(dropped_at=None)
