"""What is typed about a patient: the facts staff may correct, remarks, and the clinic's own fields."""

import unicodedata
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import PatientField

from .models import Erasure

LANGUAGE_CODE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?$"
MOST_CHOICES = 60


class ContactForm(forms.Form):
    """What staff may correct about a patient; only what was sent counts."""

    name = forms.CharField(max_length=200, required=False)
    writing_for = forms.CharField(max_length=200, required=False)
    note = forms.CharField(max_length=4000, required=False)
    language = forms.RegexField(LANGUAGE_CODE, max_length=10, required=False)
    time_zone = forms.CharField(max_length=60, required=False)

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"].replace(" ", "_")
        if name and name not in available_timezones():
            raise forms.ValidationError(_("Choose a time zone from the list, for example Europe/Madrid."))
        return name

    def told(self) -> dict[str, str]:
        """The facts that were sent, and no others."""
        return {name: self.cleaned_data[name] for name in self.fields if name in self.data}


class ContactNoteForm(forms.Form):
    """A remark about a patient; empty takes it away."""

    text = forms.CharField(max_length=4000, required=False)


class PatientFieldForm(forms.Form):
    """One of the clinic's own fields, as an admin defines it."""

    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=PatientField.Kind)
    choices = forms.CharField(
        label=_("Choices"),
        help_text=_("One on each line."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_hidden = forms.BooleanField(
        label=_("Hidden until somebody asks to see it; who did is in the audit log"), required=False
    )

    def clean_choices(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["choices"].splitlines())
        return list(dict.fromkeys(line[:100] for line in lines if line))[:MOST_CHOICES]

    def clean(self) -> dict:
        told = super().clean()
        if told.get("kind") != PatientField.Kind.CHOICE:
            return told | {"choices": []}
        if len(told.get("choices") or []) < 2:
            self.add_error("choices", _("Write at least two choices, one on each line."))
        return told


class ErasureForm(forms.Form):
    """The patient's name once more, and why; the reason is chosen, since typed words might name the patient."""

    reason = forms.ChoiceField(label=_("Why"))
    typed = forms.CharField(max_length=400)

    def __init__(self, data=None, *, name: str):
        super().__init__(data)
        offered = [each for each in Erasure.Reason.choices if each[0] != Erasure.Reason.RESTORED]
        self.fields["reason"].choices = [("", _("Choose a reason")), *offered]
        self.fields["typed"].label = _("Type “%(name)s” to go on") % {"name": name}
        self.fields["typed"].widget.attrs |= {"autocomplete": "off", "dir": "auto", "class": "input"}
        self.name = name

    def clean_typed(self) -> str:
        """Case, spaces and marks of direction do not count."""
        if _plain(self.cleaned_data["typed"]) != _plain(self.name):
            raise forms.ValidationError(_("This is not how the patient is called here."))
        return self.cleaned_data["typed"]


def _plain(text: str) -> str:
    shown = "".join(
        each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf"
    )
    return "".join(shown.split()).casefold()
