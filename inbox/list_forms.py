"""What members choose in lists: tags, filters they keep, and acts on many conversations."""

from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinics.models import Role
from clinics.queries import active_members, teams

from . import listing
from .forms import SnoozeForm
from .listing import PRIORITIES
from .models import TINTS, CloseReason, Tag
from .operations.bulk import MOST

ACTS = ("assign", "tag", "untag", "priority", "close", "snooze", "reopen", "read", "unread")
CLINIC = "clinic"


class TagForm(forms.ModelForm):
    """A tag of the clinic, as admins make and change it."""

    class Meta:
        model = Tag
        fields = ["name", "tint", "is_archived"]

    name = forms.CharField(label=_("Name"), max_length=40)
    tint = forms.IntegerField(label=_("Colour"), min_value=0, required=False)
    is_archived = forms.BooleanField(required=False)

    def clean_tint(self) -> int | None:
        """One of the colours there are."""
        tint = self.cleaned_data["tint"]
        return None if tint is None else tint % TINTS

    def validate_constraints(self):
        """The operation says in words when the name is taken."""


class TaggingForm(forms.Form):
    """One tag put on or taken off, by its id; or by a name that is not there yet."""

    tag = forms.ModelChoiceField(queryset=None, required=False)
    name = forms.CharField(max_length=40, required=False)
    off = forms.BooleanField(required=False)

    def __init__(self, data):
        super().__init__(data)
        self.fields["tag"].queryset = Tag.objects.all()

    def clean(self) -> dict:
        told = super().clean()
        if not told.get("tag") and not told.get("name"):
            raise forms.ValidationError(_("Choose a tag."))
        return told


class PriorityForm(forms.Form):
    """How urgent."""

    priority = forms.TypedChoiceField(
        choices=[(label, label) for label in PRIORITIES], coerce=lambda label: PRIORITIES[label]
    )


class FilterForm(forms.Form):
    """A list to keep: its name, its address, and who else is to have it."""

    name = forms.CharField(max_length=60)
    listing = forms.CharField(max_length=2000)
    share = forms.CharField(max_length=40, required=False)
    default_for = forms.ChoiceField(choices=[("", ""), *Role.choices], required=False)

    def clean_listing(self) -> str:
        """The address as we would write it, so that nothing else is kept."""
        return listing.read(QueryDict(self.cleaned_data["listing"])).whole_address

    def clean_share(self):
        """None for oneself, "clinic", or the team."""
        told = self.cleaned_data["share"]
        if told in ("", CLINIC):
            return told or None
        try:
            return teams().get(pk=UUID(told))
        except (ValueError, teams().model.DoesNotExist) as problem:
            raise forms.ValidationError(_("This team is not there any more.")) from problem


class FilterChangeForm(FilterForm):
    """The same, where the list may stay what it was."""

    listing = forms.CharField(max_length=2000, required=False)

    def clean_listing(self) -> str:
        return super().clean_listing() if self.cleaned_data["listing"] else ""


class BulkForm(SnoozeForm):
    """One act, the conversations it is for, and what it needs: to whom, which tags, until when."""

    act = forms.ChoiceField(choices=[(name, name) for name in ACTS])
    ids = forms.CharField(max_length=40 * MOST)
    seen = forms.CharField(max_length=40 * MOST, required=False)
    member = forms.ModelChoiceField(queryset=None, required=False)
    team = forms.ModelChoiceField(queryset=None, required=False)
    tags = forms.ModelMultipleChoiceField(queryset=None, required=False)
    close_reason = forms.ModelChoiceField(queryset=None, required=False)
    priority = forms.TypedChoiceField(
        choices=[(label, label) for label in PRIORITIES],
        coerce=lambda label: PRIORITIES[label],
        required=False,
        empty_value=None,
    )

    def __init__(self, data):
        super().__init__(data)
        self.fields["member"].queryset = active_members()
        self.fields["team"].queryset = teams()
        self.fields["tags"].queryset = Tag.objects.all()
        self.fields["close_reason"].queryset = CloseReason.objects.filter(dropped_at=None)

    def clean_ids(self) -> list[UUID]:
        try:
            pks = [UUID(each) for each in self.cleaned_data["ids"].split(",")]
        except ValueError as problem:
            raise forms.ValidationError(_("This is not there any more.")) from problem
        if len(pks) > MOST:
            raise forms.ValidationError(_("Too many at once."))
        return pks

    def clean(self) -> dict:
        """What the act needs is there; `heard` tells what the page knew of each patient."""
        told = self.cleaned_data
        if told.get("act") == "snooze":
            told = super().clean()
        needed = {"tag": told.get("tags"), "untag": told.get("tags")}.get(told.get("act"), True)
        if not needed or (told.get("act") == "priority" and told.get("priority") is None):
            raise forms.ValidationError(_("Choose something first."))
        seen = told.get("seen", "").split(",") if told.get("seen") else []
        return told | {"heard": dict(zip(told.get("ids", ()), seen, strict=False))}
