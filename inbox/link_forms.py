"""What an admin fills in about a link to a number."""

from django import forms
from django.utils.translation import gettext_lazy as _


class EntryLinkForm(forms.Form):
    """A link to a number: where it stands, and what it puts into the patient's field."""

    name = forms.CharField(
        label=_("Where it stands"),
        max_length=60,
        help_text=_("For example: poster at the reception, Google profile, spring ad."),
    )
    text = forms.CharField(
        label=_("First words of the patient"),
        max_length=200,
        required=False,
        initial=_("Hello, I have a question."),
        help_text=_("They can change them before sending. A short code is added by itself."),
    )
