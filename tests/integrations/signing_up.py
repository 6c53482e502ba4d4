"""An owner at the page of Embedded Signup, with Meta's dialog and the simulator behind it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Role
from integrations.models import Onboarding
from tests.factories import make_clinic, make_member
from tests.integrations.servers import reply, serving

PAGE = "/settings/channels/connect/meta/"
APP = {"app_id": "8123", "app_secret": "the operator's secret"}


def echo_the_challenge(request, connection):
    query = parse_qs(urlsplit(request.path).query)
    reply(200, query.get("hub.challenge", [""])[0].encode())(request, connection)


@pytest.fixture
def desk(transactional_db, client, settings, meta_world):
    """An owner at the page, an installation with a Meta app, and a callback that answers Meta."""
    meta_world.post("/simulator/api/reset", json={"apps": True})
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        client.force_login(make_member("Olga Owner", Role.OWNER).user)
    with serving(echo_the_challenge) as callback:
        settings.META_APP_ID, settings.META_APP_SECRET, settings.META_CONFIG_ID = *APP.values(), "c1"
        settings.META_GRAPH_URL, settings.PUBLIC_URL = (
            f"{meta_world.base_url}/graph".replace("//g", "/g"),
            callback.url,
        )
        client.clinic, client.callback = clinic, callback
        yield client


@pytest.fixture
def dialog(meta_world):
    """Meta's dialog, gone through: what it gives the browser."""

    def go_through(**values):
        shown = {"display_phone_number": "+44 20 7946 0101", "verified_name": "Clinic", **APP, **values}
        told = meta_world.post("/simulator/api/sign-ups", json=shown).json()
        return {name: told[name] for name in ("code", "waba_id", "phone_number_id")}

    return go_through


def rows(desk, model) -> list:
    with clinic_scope(desk.clinic.pk):
        return list(model.objects.all())


def onboarding(desk) -> Onboarding:
    [row] = rows(desk, Onboarding)
    return row


def go_on(desk, **answer):
    return desk.post(f"{PAGE}{onboarding(desk).pk}/", answer)
