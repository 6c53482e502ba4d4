"""Keys for the clinic's own systems."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..forms import ApiTokenForm
from ..models import ApiToken
from ..operations.tokens import create_api_token, revoke_api_token
from ..settings_pages import admin_settings, show


@admin_settings
def tokens(request):
    return _show(request)


@require_POST
@admin_settings
def create(request):
    """The key's text is in this answer only."""
    form = ApiTokenForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form)
    token, text = create_api_token(**form.cleaned_data, by=request.member)
    return _show(request, made=token, text=text)


@require_POST
@admin_settings
def revoke(request, pk):
    revoke_api_token(get_object_or_404(ApiToken.objects.all(), pk=pk), by=request.member)
    return _show(request, saved=_("The key no longer works."))


def _show(request, *, form=None, **context):
    keys = ApiToken.objects.select_related("created_by").order_by("revoked_at", "-created_at")
    return show(request, "tokens", form=form or ApiTokenForm(), tokens=keys, **context)
