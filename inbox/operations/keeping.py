"""How long the clinic keeps its data."""

from django.utils import timezone

from clinics import audit
from clinics.models import Member

from ..models import RetentionRule


def keep_for(months: dict[str, int | None], *, by: Member) -> dict[str, int | None]:
    """Set how many months each subject is kept, None for as long as the clinic. Returns what became different."""
    before = dict(RetentionRule.objects.values_list("subject", "months"))
    changed = {subject: value for subject, value in months.items() if before.get(subject) != value}
    for subject, value in changed.items():
        if value is None:
            RetentionRule.objects.filter(subject=subject).delete()
        else:
            row = {"months": value, "changed_at": timezone.now()}
            RetentionRule.objects.update_or_create(subject=subject, defaults=row)
    if changed:
        detail = {subject: value or "kept" for subject, value in changed.items()}
        audit.record("retention.changed", member=by, detail=detail)
    return changed
