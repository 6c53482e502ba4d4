"""The business profile of a number, read from WhatsApp and changed there: nothing of it is kept here."""

import tempfile
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope
from clinics import audit
from clinics.middleware import outside_clinic
from clinics.settings_pages import admin_settings, show

from ..credentials import credentials_of
from ..events import ProviderError
from ..forms import ProfileForm
from ..pictures import BadPicture, redraw
from ..whatsapp import samples
from ..whatsapp.errors import explain
from ..whatsapp.profile import Profile, change_profile, changes_between, read_profile
from .channels import find_channel


@transaction.non_atomic_requests
@outside_clinic
@admin_settings
def profile(request, pk):
    """Between scopes, because both reading and changing wait for the network."""
    with clinic_scope(request.member.clinic_id):
        credentials = credentials_of(find_channel(pk))
    try:
        before = read_profile(credentials)
    except ProviderError as error:
        return _show(request, pk, form=None, problem=_sentence(error))
    if request.method != "POST":
        return _show(request, pk, form=ProfileForm.of(before), shown=before)
    form = ProfileForm(request.POST, request.FILES, vertical=before.vertical)
    if not form.is_valid():
        return _show(request, pk, form=form, shown=before)
    try:
        changed = _change(credentials, before, form)
    except BadPicture:
        form.add_error("picture", _("This is no picture that can be read. Use a JPEG or PNG."))
        return _show(request, pk, form=form, shown=before)
    except ProviderError as error:
        return _show(request, pk, form=form, shown=before, problem=_sentence(error))
    if changed:
        with clinic_scope(request.member.clinic_id):
            detail = {"changed": changed}
            audit.record(
                "channel.profile_changed", member=request.member, target=find_channel(pk), detail=detail
            )
    saved = (
        _("Saved. WhatsApp shows it to patients within minutes.") if changed else _("Nothing was different.")
    )
    return _show(request, pk, form=form, shown=before, saved=saved)


def _change(credentials, before: Profile, form: ProfileForm) -> list[str]:
    """Send what differs; returns its names. Raises BadPicture and ProviderError."""
    changes = changes_between(before, form.profile())
    if file := form.cleaned_data["picture"]:
        changes["profile_picture_handle"] = samples.upload(credentials, *_drawn_anew(file))
    if changes:
        change_profile(credentials, changes)
    return sorted(changes)


def _drawn_anew(file) -> tuple[bytes, str]:
    """The picture's pixels and nothing else that was in the file, and its type. Raises BadPicture."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        source.write_bytes(file.read())
        drawn = redraw(source, target, Path(folder) / "small")
        if drawn.content_type not in ("image/jpeg", "image/png"):
            raise BadPicture
        return target.read_bytes(), drawn.content_type


def _sentence(error: ProviderError) -> str:
    if error.code in ("unreachable", "interrupted", "unreadable") or error.code.startswith("http_"):
        return _("WhatsApp could not be asked. Nothing was changed; try again in a minute.")
    explanation = explain(error.code, error.detail)
    return f"{explanation.cause} {explanation.next_step}"


def _show(request, pk, **context):
    with clinic_scope(request.member.clinic_id):
        return show(request, "business_profile", channel=find_channel(pk), **context)
