"""What an admin fills in about a number."""

import re

from django import forms
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .whatsapp import profile

DIGITS = re.compile(r"\d{5,30}")
SECRET = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})


def _secret(label, **options):
    return forms.CharField(label=label, max_length=1000, widget=SECRET, **options)


class NumberIdField(forms.CharField):
    """An id as Meta shows it: digits only."""

    def clean(self, value):
        value = super().clean(value).replace(" ", "")
        if value and not DIGITS.fullmatch(value):
            raise forms.ValidationError(_("This is a number without letters, as Meta shows it."))
        return value


class ConnectForm(forms.Form):
    """One WhatsApp number; the app's two secrets only when its Meta app is new here."""

    name = forms.CharField(label=_("What you call this number"), max_length=80, initial="WhatsApp")
    address = forms.CharField(
        label=_("The number patients see"),
        max_length=40,
        required=False,
        help_text=_("For example +44 20 7946 0101"),
    )
    phone_number_id = NumberIdField(
        label=_("Phone number ID"),
        help_text=_("Meta app → WhatsApp → API setup. Not the telephone number itself."),
    )
    waba_id = NumberIdField(
        label=_("WhatsApp Business Account ID"), help_text=_("Beside it on the same page.")
    )
    access_token = _secret(
        _("Access token"), help_text=_("A permanent token of a system user with both WhatsApp permissions.")
    )
    hook = forms.ChoiceField(label=_("Meta app"), required=False)
    app_secret = _secret(
        _("App secret"), required=False, help_text=_("Meta app → Settings → Basic → App secret.")
    )
    verify_token = forms.CharField(
        label=_("Verify token"),
        max_length=200,
        required=False,
        initial=lambda: get_random_string(24),
        help_text=_("Any words of yours. You paste them into Meta in the next step."),
    )

    def __init__(self, *args, hooks, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hook"].choices = [("", _("A Meta app that is new here")), *hooks]
        if not hooks:
            del self.fields["hook"]

    def clean(self):
        values = super().clean()
        if not values.get("hook"):
            for name in ("app_secret", "verify_token"):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, _("A new Meta app needs this."))
        return values


class SecretForm(forms.Form):
    secret = _secret(_("New app secret"))


class TokenForm(forms.Form):
    token = _secret(_("New access token"))


class DialogForm(forms.Form):
    """What Meta's dialog gave the browser. The ids are claims, looked at with the token."""

    code = forms.CharField(max_length=2000)
    waba_id = NumberIdField(required=False)
    phone_number_id = NumberIdField(required=False)
    is_coexistence = forms.BooleanField(required=False)


class PinForm(forms.Form):
    """The two-step PIN of a number that is to be registered."""

    pin = forms.CharField(
        label=_("Six-digit PIN"),
        max_length=6,
        help_text=_("The number's two-step verification PIN; if it has none, this becomes it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean_pin(self) -> str:
        pin = self.cleaned_data["pin"]
        if not re.fullmatch(r"[0-9]{6}", pin):
            raise forms.ValidationError(_("The PIN has exactly six digits."))
        return pin


class DisconnectForm(forms.Form):
    """Ending a number: its name, or the number itself, typed."""

    typed = forms.CharField(
        max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args, name: str, address: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.fitting = {each.strip().casefold() for each in (name, address) if each.strip()}
        self.fields["typed"].label = _("Type “%(name)s” to confirm") % {"name": name}

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"].strip()
        if typed.casefold() not in self.fitting:
            raise forms.ValidationError(_("That is not its name, so nothing was done."))
        return typed


VERTICALS = {
    "HEALTH": _("Medicine and health"),
    "PROF_SERVICES": _("Professional services"),
    "BEAUTY": _("Beauty and spa"),
    "EDU": _("Education"),
    "GOVT": _("Public service"),
    "NONPROFIT": _("Non-profit"),
    "RETAIL": _("Shop"),
    "OTHER": pgettext_lazy("kind of business", "Other"),
}
LARGEST_PICTURE = 2 * 1024 * 1024


class ProfileForm(forms.Form):
    """What patients read about the clinic in WhatsApp. The lengths are Meta's."""

    about = forms.CharField(label=_("In a line"), max_length=profile.ABOUT, required=False)
    description = forms.CharField(
        label=_("Description"),
        max_length=profile.DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    address = forms.CharField(label=_("Address"), max_length=profile.ADDRESS, required=False)
    email = forms.EmailField(label=_("E-mail address"), max_length=profile.EMAIL, required=False)
    website = forms.URLField(
        label=_("Website"), max_length=profile.WEBSITE, required=False, assume_scheme="https"
    )
    second_website = forms.URLField(
        label=_("Another website"), max_length=profile.WEBSITE, required=False, assume_scheme="https"
    )
    vertical = forms.ChoiceField(label=_("Kind of business"), required=False)
    picture = forms.FileField(
        label=_("New picture"),
        required=False,
        help_text=_("Square, at least 640 pixels wide, JPEG or PNG, at most 2 MB."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )

    def __init__(self, *args, vertical: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        known = list(VERTICALS.items())
        own = (
            [] if vertical in VERTICALS or not vertical else [(vertical, vertical.replace("_", " ").lower())]
        )
        self.fields["vertical"].choices = [("", "–"), *known, *own]

    @classmethod
    def of(cls, told: profile.Profile) -> "ProfileForm":
        """The form, filled in with what WhatsApp shows."""
        first, second = (*told.websites, "", "")[:2]
        names = ("about", "description", "address", "email", "vertical")
        initial = {name: getattr(told, name) for name in names} | {"website": first, "second_website": second}
        return cls(initial=initial, vertical=told.vertical)

    def clean_picture(self):
        if (file := self.cleaned_data["picture"]) and file.size > LARGEST_PICTURE:
            raise forms.ValidationError(_("The picture is larger than 2 MB."))
        return file

    def profile(self) -> profile.Profile:
        """What was filled in."""
        values = self.cleaned_data
        websites = tuple(filter(None, (values["website"], values["second_website"])))
        names = ("about", "description", "address", "email", "vertical")
        return profile.Profile(websites=websites, **{name: values[name] for name in names})
