"""What admins look after: how the inbox is doing, and how long data is kept."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinics.settings_pages import admin_settings, show

from .. import health as checks
from ..forms import RetentionForm
from ..models import RetentionRule
from ..operations import keeping, replaying


@admin_settings
def health(request):
    return _show_health(request)


@require_POST
@admin_settings
def replay(request):
    """Have the held webhooks of the clinic's own Meta apps read again."""
    count = replaying.replay_own(request.member)
    said = ngettext("%(count)d webhook is read again.", "%(count)d webhooks are read again.", count)
    return _show_health(request, saved=said % {"count": count})


def _show_health(request, **context):
    sections = checks.look()
    return show(
        request,
        "health",
        sections=sections,
        problems=sum(not check.is_good for section in sections for check in section.checks),
        held=checks.held_webhooks().exists(),
        doubtful=checks.doubtful_conversations(),
        looked_at=timezone.now(),
        **context,
    )


@admin_settings
def retention(request):
    form, saved = RetentionForm(request.POST if request.method == "POST" else None, initial=_rules()), ""
    if request.method == "POST" and form.is_valid():
        keeping.keep_for(form.cleaned_data, by=request.member)
        form, saved = RetentionForm(initial=_rules()), _("Saved")
    days = settings.WEBHOOK_RETENTION.days
    return show(request, "retention", form=form, saved=saved, webhook_days=days)


def _rules() -> dict[str, int]:
    return dict(RetentionRule.objects.values_list("subject", "months"))
