"""Saved replies as they are typed in the settings, and taken into an answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinics.queries import teams

from . import languages, variables
from .forms import LONGEST_TEXT
from .models import LONGEST_SHORTCUT, LONGEST_TITLE


class SavedReplyForm(forms.Form):
    """A saved reply: what it is called, who gets it, and a text `body-<language>` for each of its languages."""

    LONGEST = LONGEST_TEXT
    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    shortcut = forms.RegexField(
        r"^/?[\w-]+$",
        label=_("Shortcut"),
        required=False,
        max_length=LONGEST_SHORTCUT,
        help_text=_("Typed after / to find it at once: letters, digits, hyphens."),
        error_messages={"invalid": _("Letters, digits, hyphens and _ only, no spaces.")},
    )
    is_shared = forms.BooleanField(label=_("For the whole clinic"), required=False)
    teams = forms.ModelMultipleChoiceField(queryset=None, required=False)

    def __init__(self, data, *, member, initial=None):
        super().__init__(data, initial=initial)
        self.member = member
        self.fields["teams"].queryset = teams()

    def clean_shortcut(self) -> str:
        return self.cleaned_data["shortcut"].removeprefix("/").lower()

    def clean_is_shared(self) -> bool:
        """Only admins write for the whole clinic; what others tick has no effect."""
        return self.cleaned_data["is_shared"] and self.member.is_admin

    def clean(self) -> dict:
        told = super().clean()
        told["bodies"] = {code: text for code, text in self._typed().items() if text}
        if not told["bodies"]:
            self.add_error(None, _("Write the answer in one language at least."))
        for code, text in told["bodies"].items():
            for problem in _problems_of(text):
                self.add_error(None, f"{languages.name_of(code)}: {problem}")
        return told

    def wording(self) -> dict:
        """What the operations take."""
        told = self.cleaned_data
        names = ("title", "shortcut", "bodies", "is_shared")
        return {name: told[name] for name in names} | {"teams": list(told["teams"])}

    def wordings(self, language: str) -> list[tuple[str, str, str]]:
        """(code, name, text) of each language to show; an empty one in `language` when there is none."""
        bodies = self._typed() if self.is_bound else self.initial.get("bodies", {})
        return languages.named(bodies or {language: ""}, language)

    def _typed(self) -> dict[str, str]:
        offered = {f"body-{code}": code for code in languages.OFFERED}
        return {offered[name]: text.strip() for name, text in self.data.items() if name in offered}


class TakeForm(forms.Form):
    """Which saved reply was put into an answer, and whether its files go along."""

    reply = forms.UUIDField()
    with_files = forms.BooleanField(required=False)


def _problems_of(text: str) -> list[str]:
    problems = [
        _("“{{%(name)s}}” is no variable we know; it would be sent as it is.") % {"name": name}
        for name in variables.unknown(text)
    ]
    if len(text) > LONGEST_TEXT:
        problems.append(_("longer than the %(limit)s letters WhatsApp takes.") % {"limit": LONGEST_TEXT})
    return problems
