"""Going round all clinics: for what sweepers look after."""

import logging
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import connection

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Clinic

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


def for_each_clinic(work: Callable[[UUID], Result]) -> list[Result]:
    """What `work(clinic_id)` returns for each clinic; it opens its own scopes.

    A clinic that fails is logged; the others go on.
    """
    results = []
    for clinic_id in list(Clinic.objects.values_list("pk", flat=True)):
        try:
            results.append(work(clinic_id))
        except Exception:
            logger.exception("clinic_failed", extra={"clinic_id": clinic_id})
            if not connection.is_usable():
                connection.close()  # the next clinic gets a new one
    return results


def in_each_clinic(work: Callable[[UUID], Result]) -> list[Result]:
    """The same, with each clinic's scope open around it."""

    def within(clinic_id: UUID) -> Result:
        with clinic_scope(clinic_id):
            return work(clinic_id)

    return for_each_clinic(within)


def in_batches(clinic_id: UUID, work: Callable[[], int], *, size: int, most: int) -> int:
    """The sum of what `work()` did, each time in a scope of its own: until it did less than `size`, or `most` times."""
    total = 0
    for _batch in range(most):
        with clinic_scope(clinic_id):
            count = work()
        total += count
        if count < size:
            break
    return total
