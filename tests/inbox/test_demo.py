import json

import httpx2
import pytest
from django.core.management import CommandError, call_command

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Clinic, Member
from contacts.models import Contact
from inbox.models import Conversation, Message
from integrations.models import Channel, Template
from tests.simulated import running_simulator


@pytest.fixture
def simulator(settings):
    with running_simulator() as settings.SIMULATOR_URL:
        yield settings.SIMULATOR_URL


def seed(capsys) -> dict:
    call_command("seed_demo")
    return json.loads(capsys.readouterr().out)


def count_rows() -> list[int]:
    with clinic_scope(Clinic.objects.get(slug="harbour-demo").pk):
        return [
            model.objects.count() for model in (Member, Contact, Conversation, Message, Channel, Template)
        ]


def test_the_demo_can_be_signed_in_to_and_is_seeded_once(transactional_db, simulator, capsys, client):
    told = seed(capsys)
    first = count_rows()

    assert seed(capsys) == told
    assert count_rows() == first
    assert min(first) > 0
    credentials = {"login": told["email"], "password": told["password"]}
    assert client.post("/accounts/login/", credentials).url == "/"


def test_each_start_tells_the_simulator_again(transactional_db, simulator, capsys):
    told = seed(capsys)
    httpx2.post(f"{simulator}/simulator/api/reset", json={"apps": True})

    seed(capsys)

    apps = httpx2.get(f"{simulator}/simulator/api/apps").json()["apps"]
    numbers = [number["phone_number_id"] for app in apps for number in app["numbers"]]
    assert sorted(numbers) == sorted(told["numbers"])


def test_the_demo_refuses_to_be_in_production(db, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="never in production"):
        call_command("seed_demo")

    assert Clinic.objects.count() == 0


def test_without_a_simulator_there_is_no_demo(db, settings):
    settings.SIMULATOR_URL = ""

    with pytest.raises(CommandError, match="SIMULATOR_URL"):
        call_command("seed_demo")
