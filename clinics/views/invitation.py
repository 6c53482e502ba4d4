"""Accepting an invitation. Its token comes once in the address and then travels in the session, as its digest."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from clinic_inbox.tenancy import clinic_scope

from .. import audit
from ..forms import NameForm, NewcomerForm
from ..middleware import CLINIC, outside_clinic
from ..models import Clinic, User
from ..operations import invitations
from ..operations.tokens import digest
from ..refusal import Refused

INVITATION = "invitation"


@never_cache
@outside_clinic
def invitation(request, clinic_id: UUID, token: str):
    """Where the link leads: remember the token and show an address without it."""
    request.session[INVITATION] = [str(clinic_id), digest(token)]
    return redirect("clinics:accept")


@never_cache
@outside_clinic
def accept(request):
    clinic_id, token_hash = request.session.get(INVITATION) or ("", "")
    clinic = Clinic.objects.filter(pk=clinic_id).first() if clinic_id else None
    if clinic is None:
        return _closed(request)
    with clinic_scope(clinic.pk):
        found = invitations.find_open(token_hash)
    if found is None:
        return _closed(request)
    user = User.objects.filter(email__iexact=found.email).first()
    context = {"invitation": found, "inviting_clinic": clinic}
    if not request.user.is_authenticated and user is None:
        return _accept_as_newcomer(request, context, token_hash)
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("clinics:accept"))
    if request.user.email.lower() != found.email:
        return _for_somebody_else(request, context)
    return _accept_as(request, context, token_hash)


def _accept_as_newcomer(request, context, token_hash):
    form = NewcomerForm(request.POST or None, email=context["invitation"].email)
    if request.method == "POST" and form.is_valid():
        return _join(
            request, context, lambda: invitations.accept_as_newcomer(token_hash, **form.cleaned_data)
        )
    return render(request, "clinics/accept.html", context | {"form": form})


def _accept_as(request, context, token_hash):
    known_as = next((member.name for member in request.memberships), "")
    form = NameForm(request.POST or None, initial={"name": known_as})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        return _join(request, context, lambda: invitations.accept_as(token_hash, request.user, name))
    return render(request, "clinics/accept.html", context | {"form": form})


def _join(request, context, accept):
    clinic = context["inviting_clinic"]
    try:
        with clinic_scope(clinic.pk):
            member = accept()
    except Refused as refused:
        return _closed(request, str(refused))
    request.session.pop(INVITATION, None)
    if not request.user.is_authenticated:
        get_adapter(request).login(request, member.user)
    request.session[CLINIC] = str(clinic.pk)
    return redirect("inbox:home")


def _for_somebody_else(request, context):
    with clinic_scope(context["inviting_clinic"].pk):
        audit.record(
            "invitation.refused",
            actor=request.user.email,
            target=context["invitation"],
            detail={"reason": "signed in with another address"},
        )
    return render(request, "clinics/for_somebody_else.html", context, status=403)


def _closed(request, sentence=""):
    sentence = sentence or _("This invitation can no longer be used. Ask the clinic for a new one.")
    return render(request, "clinics/closed.html", {"sentence": sentence}, status=410)
