"""Who may see a page."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect


def member_required(view):
    """Only for people who work in a clinic; everybody else signs in first."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.member is None and request.setting_up_for:
            return redirect("clinics:security")  # signed in, but the clinic wants a second step first
        if request.member is None:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def admin_required(view):
    """Only for the clinic's admins and owners; agents are told so (403)."""

    @member_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.member.is_admin:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
