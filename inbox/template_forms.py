"""Templates as they are typed in the settings: a new one's name, and all the parts of what is being written."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from . import languages
from .authoring import FILES, LIMITS, MOST_BUTTONS, MOST_OF_A_KIND, Button, Parts

CATEGORIES = (
    (
        "UTILITY",
        _("Utility"),
        _("About something the patient asked for or has booked: a reminder, a result, a change."),
    ),
    (
        "MARKETING",
        _("Marketing"),
        _("Everything that invites or offers: check-ups, campaigns, news. Patients can turn it off."),
    ),
)
HEADERS = (
    ("", _("None")),
    ("TEXT", _("Text")),
    ("IMAGE", _("Photo")),
    ("VIDEO", _("Video")),
    ("DOCUMENT", _("Document")),
    ("LOCATION", _("Location")),
)
MEDIA = tuple(FILES)
MOST_BASES = 50
MARK = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # as a browser makes them
KINDS = {
    "QUICK_REPLY": _("Quick reply"),
    "URL": _("Link"),
    "PHONE_NUMBER": _("Call"),
    "COPY_CODE": _("Copy a code"),
}
# With how many of each WhatsApp takes.
BUTTONS = tuple((kind, label, MOST_OF_A_KIND.get(kind, MOST_BUTTONS)) for kind, label in KINDS.items())
# Variables put in at a click: (name, what it is, an example). The first four are filled in by themselves at sending.
VARIABLES = (
    ("first_name", _("First name"), "Marta"),
    ("full_name", _("Whole name"), "Marta Ruiz"),
    ("clinic_name", _("Clinic"), ""),
    ("agent_name", _("Who sends it"), ""),
    ("date", _("Date"), _("Friday 5 June")),
    ("time", _("Time"), "9:30"),
    ("doctor", _("Doctor"), "Dr. Silva"),
)
# As Meta names them, where that is not our own code: without a country wherever Meta has the language without one.
LANGUAGES = {"pt": "pt_BR", "zh-hans": "zh_CN"}
MORE_LANGUAGES = ("en_US", "en_GB", "es_MX", "es_ES", "es_AR", "pt_PT", "zh_TW")
LONGEST = LIMITS | {"example": 300}


def offered_languages(without=()) -> list[tuple[str, str]]:
    """(Meta's code, name) of each language a template may be written in."""
    codes = [LANGUAGES.get(code, code) for code in languages.OFFERED] + list(MORE_LANGUAGES)
    return sorted(((code, name_of(code)) for code in codes if code not in without), key=lambda each: each[1])


def name_of(code: str) -> str:
    """The language in the reader's words, with its country where it has one."""
    if code in ("zh_CN", "zh_TW"):
        return languages.name_of({"zh_CN": "zh-hans", "zh_TW": "zh-hant"}[code])
    base, _bar, country = code.partition("_")
    exact = languages.name_of(code)
    if exact != code or not country:
        return exact
    return f"{languages.name_of(base)} ({country})"


class NewTemplateForm(forms.Form):
    """What a template is called and where it belongs; it cannot be changed once Meta has it."""

    name = forms.CharField(
        label=_("Name"),
        max_length=512,
        help_text=_("Only colleagues see it. Small letters, digits and _, for example visit_reminder."),
        widget=forms.TextInput(
            attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "data-template-name": ""}
        ),
    )
    language = forms.ChoiceField(label=_("Language"))
    category = forms.ChoiceField(
        label=_("Category"),
        choices=[(value, f"{label}") for value, label, _said in CATEGORIES],
        initial="UTILITY",
        widget=forms.RadioSelect,
    )
    business_id = forms.ChoiceField(label=_("Account"))

    def __init__(self, data, *, accounts, initial=None):
        super().__init__(data, initial=initial)
        self.fields["language"].choices = offered_languages()
        self.fields["business_id"].choices = [(each.business_id, each.name) for each in accounts]
        self.has_accounts_to_choose = len(accounts) > 1
        self.only = "" if self.has_accounts_to_choose or not accounts else accounts[0].business_id
        if not self.has_accounts_to_choose:
            del self.fields["business_id"]

    def clean_name(self) -> str:
        """The page makes _ of what is neither letter nor digit; of spaces alone no name is left."""
        name = self.cleaned_data["name"]
        if not name.strip("_"):
            raise forms.ValidationError(self.fields["name"].error_messages["required"])
        return name

    def clean(self) -> dict:
        return {"business_id": self.only, **self.cleaned_data}


def read_base(data) -> dict:
    """What the page knows of the draft and how it calls its own change: `seen` and `mark` of authoring.write()."""
    mark = data.get("mark", "")
    seen = data.getlist("base")[-MOST_BASES:] if "base" in data else None
    return {"seen": seen, "mark": mark if MARK.fullmatch(mark) else ""}


def read_parts(data) -> Parts:
    """What was typed, however unfinished; of a form's repeated fields each row has one of each."""
    header = data.get("header", "")
    return Parts(
        category=_among(data.get("category"), [value for value, *_rest in CATEGORIES], "UTILITY"),
        parameter_format=_among(data.get("parameter_format"), ["named", "positional"], "named"),
        header=_among(header, [value for value, _label in HEADERS], ""),
        header_text=_line(data.get("header_text", "")),
        body=_text(data.get("body", "")),
        footer=_line(data.get("footer", "")),
        buttons=_buttons(data),
        examples={
            key.removeprefix("example-"): _line(value)
            for key, value in data.items()
            if key.startswith("example-")
        },
    )


def _buttons(data) -> tuple[Button, ...]:
    columns = [data.getlist(f"button-{name}") for name in ("kind", "text", "value", "example")]
    kinds = [value for value, *_rest in BUTTONS]
    rows = list(zip(*columns, strict=False))[:MOST_BUTTONS]
    return tuple(
        Button(_among(kind, kinds, "QUICK_REPLY"), _line(text), _text(value).strip(), _text(example).strip())
        for kind, text, value, example in rows
    )


def _among(value, known, otherwise: str) -> str:
    return value if value in known else otherwise


def _text(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "")  # which Postgres cannot keep


def _line(text: str) -> str:
    return " ".join(_text(text).split())
