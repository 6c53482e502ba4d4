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


def in_each_clinic(work: Callable[[UUID], Result]) -> list[Result]:
    """What `work(clinic_id)` returns in each clinic's scope. A clinic that fails is logged; the others go on."""
    results = []
    for clinic_id in list(Clinic.objects.values_list("pk", flat=True)):
        try:
            with clinic_scope(clinic_id):
                results.append(work(clinic_id))
        except Exception:
            logger.exception("clinic_failed", extra={"clinic_id": clinic_id})
            if not connection.is_usable():
                connection.close()  # the next clinic gets a new one
    return results
