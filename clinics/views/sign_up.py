"""Beginning a clinic by oneself: an address, a letter, then the clinic. The token travels as an invitation's does."""

from functools import partial

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from .. import mail
from ..forms import AddressForm, BeginForm
from ..middleware import CLINIC, outside_clinic
from ..operations import beginning
from ..operations.tokens import digest
from ..refusal import Refused

SIGN_UP = "sign_up"


@never_cache
@outside_clinic
def sign_up(request):
    """Ask for the letter. The answer is the same whoever asks, and however often.

    Outside production there is no mail, so the page shows the link.
    """
    if settings.SIGN_UP != "open":
        return _closed(
            request, _("Clinics are made by invitation here. Write to the operator of this installation.")
        )
    form = AddressForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "clinics/sign_up.html", {"form": form})
    email = form.cleaned_data["email"]
    token = beginning.ask(email, place=request.META.get("REMOTE_ADDR") or None)
    link = token and settings.PUBLIC_URL + reverse("clinics:sign_up_link", args=[token])
    if link:
        is_known = beginning.is_known(email)
        transaction.on_commit(partial(mail.send_sign_up, email, link, is_known=is_known))
    context = {"email": email, "link": None if settings.PRODUCTION else link}
    return render(request, "clinics/sign_up_sent.html", context)


@never_cache
@outside_clinic
def sign_up_link(request, token: str):
    """Where the letter's link leads: remember the token and show an address without it."""
    request.session[SIGN_UP] = digest(token)
    return redirect("clinics:begin")


@never_cache
@outside_clinic
def begin(request):
    """The clinic's name and the person's, and it is there."""
    token_hash = request.session.get(SIGN_UP, "")
    wish = beginning.find_open(token_hash) if settings.SIGN_UP == "open" and token_hash else None
    if wish is None:
        return _closed(request, _("This link can no longer be used. Ask for a new one."))
    has_sign_in = beginning.is_known(wish.email)
    if has_sign_in and not request.user.is_authenticated:
        return redirect_to_login(reverse("clinics:begin"))
    if request.user.is_authenticated and request.user.email.lower() != wish.email:
        return _closed(
            request, _("You are signed in with another address than the letter went to. Sign out first.")
        )
    initial = {"time_zone": "UTC", "language": translation.get_language(), "name": _known_as(request)}
    form = BeginForm(request.POST or None, email=wish.email, has_sign_in=has_sign_in, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _begin(request, token_hash, form.cleaned_data)
    return render(request, "clinics/begin.html", {"form": form, "email": wish.email})


def _begin(request, token_hash: str, values: dict):
    try:
        member = beginning.begin(token_hash, clinic=values.pop("clinic_name"), **values)
    except Refused as refused:
        return _closed(request, str(refused))
    request.session.pop(SIGN_UP, None)
    if not request.user.is_authenticated:
        get_adapter(request).login(request, member.user)
    request.session[CLINIC] = str(member.clinic_id)
    return redirect("inbox:home")


def _known_as(request) -> str:
    return next((member.name for member in request.memberships), "")


def _closed(request, sentence: str):
    return render(request, "clinics/sign_up_closed.html", {"sentence": sentence}, status=410)
