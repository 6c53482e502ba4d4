"""What the composer holds, checked before it is kept."""

from django import forms

from .forms import LONGEST_TEXT
from .models import KeptDraft, Message


class DraftForm(forms.Form):
    """What the composer holds in one mode, to be kept."""

    mode = forms.ChoiceField(choices=KeptDraft.Mode)
    text = forms.CharField(
        required=False, max_length=2 * LONGEST_TEXT, strip=False
    )  # two put together may be longer
    reply_to = forms.UUIDField(required=False)
    revision = forms.IntegerField(min_value=0)

    def __init__(self, data, *, conversation):
        super().__init__(data)
        self.conversation = conversation

    def clean_reply_to(self) -> Message | None:
        """The quoted message; None when it is not there any more: the words matter more."""
        pk = self.cleaned_data["reply_to"]
        return pk and Message.objects.filter(conversation=self.conversation, pk=pk).first()
