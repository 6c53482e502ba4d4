"""What admins and members may fill in."""

from datetime import date
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from . import languages
from .models import (
    LONGEST_IDLE_MINUTES,
    ApiToken,
    Clinic,
    EmergencyAccess,
    Member,
    Role,
    Team,
    Undo,
    User,
    Visibility,
)

DENSITIES = [("compact", _("Compact")), ("normal", _("Normal")), ("roomy", _("Roomy"))]
# Room for the day after and for another time zone within what a date can be.
DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(9000, 1, 1))]


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("The clinic's language")), *languages.of_screens()],
    )
    density = forms.ChoiceField(label=_("Density"), choices=DENSITIES, widget=forms.RadioSelect)
    undo_seconds = forms.TypedChoiceField(
        label=_("Undo sending"),
        help_text=_("So long each answer can be taken back before it leaves."),
        choices=Undo,
        coerce=int,
        required=False,  # empty: as it was
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Member
        fields = ["name", "language", "density", "undo_seconds"]
        labels = {"name": _("Your name")}

    def clean_undo_seconds(self) -> int:
        seconds = self.cleaned_data["undo_seconds"]
        return self.instance.undo_seconds if seconds == "" else seconds


class ClinicForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Times in the inbox are shown in it."),
        choices=[
            (name, name.replace("_", " "))
            for name in sorted(available_timezones())
            if "/" in name or name == "UTC"
        ],
    )
    language = forms.ChoiceField(label=_("Language"), choices=languages.of_screens)
    idle_timeout_minutes = forms.IntegerField(
        label=_("Sign out after"),
        help_text=_("Minutes without anybody at the screen, 5 to 60."),
        min_value=5,
        max_value=LONGEST_IDLE_MINUTES,
    )
    emergency_access = forms.ChoiceField(
        label=_("Emergency access"),
        help_text=_("Who may open, with a reason and for an hour, what they do not see otherwise."),
        choices=EmergencyAccess,
        required=False,  # empty: as it was
    )

    class Meta:
        model = Clinic
        fields = ["name", "time_zone", "language", "idle_timeout_minutes", "emergency_access", "requires_mfa"]
        labels = {
            "name": _("Name of the clinic"),
            "requires_mfa": _("Everybody here signs in with a second step"),
        }

    def clean_emergency_access(self) -> str:
        return self.cleaned_data["emergency_access"] or self.instance.emergency_access


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.AGENT)
    visibility = forms.ChoiceField(choices=Visibility, required=False)

    def clean_visibility(self) -> str:
        return self.cleaned_data["visibility"] or Visibility.ALL


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    visibility = forms.ChoiceField(choices=Visibility, required=False)  # empty: as it was


class AvailabilityForm(forms.Form):
    """What a member tells of themselves."""

    speaks = forms.MultipleChoiceField(
        label=_("Languages you answer in"),
        required=False,
        choices=languages.offered,
        widget=forms.CheckboxSelectMultiple,
    )
    is_away = forms.BooleanField(label=_("Away: rules give you no conversations"), required=False)


class WorkForm(AvailabilityForm):
    """The same of another member, by an admin."""

    most_open = forms.IntegerField(
        label=_("At most"), required=False, min_value=1, max_value=500, help_text=_("Empty: no limit.")
    )


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ["name"]
        labels = {"name": _("Name of the team")}


class TeamMembersForm(TeamForm):
    members = forms.ModelMultipleChoiceField(
        label=_("Members"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, members, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = members


class TeamHeirForm(forms.Form):
    """Who takes over what only a team sees that is deleted: another team or a member, by their id."""

    heir = forms.ChoiceField(required=False)

    def __init__(self, data, *, heirs: list[Team | Member]):
        super().__init__(data)
        self.heirs = {str(each.pk): each for each in heirs}
        self.fields["heir"].choices = [("", ""), *((pk, str(each)) for pk, each in self.heirs.items())]

    def clean_heir(self) -> Team | Member | None:
        return self.heirs.get(self.cleaned_data["heir"])


class ApiTokenForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ["name", "sees_sensitive"]
        labels = {
            "name": _("What the key is for"),
            "sees_sensitive": _("Reads conversations marked sensitive, too"),
        }


class AuditFilter(forms.Form):
    """Who, what and when; every field may be empty."""

    member = forms.ModelChoiceField(label=_("Who"), queryset=None, required=False, empty_label=_("Everybody"))
    action = forms.ChoiceField(label=_("What"), required=False)
    since = forms.DateField(
        label=_("From"), required=False, validators=DAYS, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, validators=DAYS, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args, members, actions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = members
        self.fields["action"].choices = [("", _("Everything")), *actions]


class NewcomerForm(forms.Form):
    """A person without a sign-in accepts an invitation."""

    name = forms.CharField(
        label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Choose a password"),
        help_text=_("At least 10 characters. A few unrelated words are easy to remember."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, email="", **kwargs):
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self):
        validate_password(self.cleaned_data["password"], User(email=self.email))
        return self.cleaned_data["password"]


class AddressForm(forms.Form):
    """Who wants to begin a clinic: where the letter goes."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


TIME_ZONES = ClinicForm.base_fields["time_zone"].choices


class BeginForm(NewcomerForm):
    """A clinic and its first person. Without a password for somebody who has a sign-in."""

    clinic_name = forms.CharField(
        label=_("Name of the clinic"),
        max_length=120,
        help_text=_("As your patients know it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Times in the inbox are shown in it."), choices=TIME_ZONES
    )
    language = forms.ChoiceField(label=_("Language"), choices=languages.of_screens)
    field_order = ["clinic_name", "time_zone", "language", "name", "password"]

    def __init__(self, *args, has_sign_in=False, **kwargs):
        super().__init__(*args, **kwargs)
        if has_sign_in:
            del self.fields["password"]


class NameForm(forms.Form):
    """A person with a sign-in accepts an invitation."""

    name = forms.CharField(label=_("Your name in this clinic"), max_length=80)
