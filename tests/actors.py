"""The few actors of the tests: a clinic and its people, with its scope open, and another clinic beside it."""

import pytest

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Role
from tests.factories import make_clinic, make_member


@pytest.fixture
def clinic(db):
    """A clinic whose scope is open for the whole test (one transaction, as in a request)."""
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        yield clinic


@pytest.fixture
def member(clinic):
    return make_member("Ada Agent")


@pytest.fixture
def admin(clinic):
    return make_member("Olga Owner", Role.OWNER)


@pytest.fixture
def other_clinic(db):
    """Another clinic; enter clinic_scope(other_clinic.pk) outside `clinic` to make rows in it."""
    return make_clinic("Other Clinic")
