"""An admin who writes templates, with a business account at a simulator of their own."""

import json

import pytest

from clinic_inbox import vault
from clinic_inbox.tenancy import clinic_scope
from clinics.models import Role
from inbox import authoring
from inbox.authoring import Button, Parts
from inbox.intake.drain import drain_batch
from integrations.models import Template, WebhookEvent, webhook_context
from tests.factories import make_channel, make_clinic, make_member
from tests.inbox.payloads import webhook

GOOD = Parts(
    category="UTILITY",
    header="TEXT",
    header_text="Visit on {{date}}",
    body="Hello {{first_name}}, we look forward to your visit on {{date}} at the clinic, see you then.",
    footer="Harbour Clinic",
    buttons=(
        Button("QUICK_REPLY", "I will come"),
        Button("URL", "The way", "https://clinic.example/way/{{1}}", "en"),
        Button("PHONE_NUMBER", "Call us", "+44 20 7946 0101"),
        Button("COPY_CODE", "", "VISIT24"),
    ),
    examples={"header.date": "3 May", "body.first_name": "Nora", "body.date": "3 May"},
)
SECRETS = {"app_secret": "sim-app-secret", "verify_token": "sim-verify", "access_token": "access-token"}


@pytest.fixture
def account(meta_world, transactional_db):
    """An admin of a clinic whose business account is at the simulator; no scope is open."""
    meta_world.post("/simulator/api/reset", json={"apps": True})
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        channel = make_channel(api_url=f"{str(meta_world.base_url).rstrip('/')}/graph")
        number = {"phone_number_id": channel.external_id, "display_phone_number": "+1 202 555 0100"}
        told = SECRETS | {"waba_id": channel.business_id, "business_id": "7001", "numbers": [number]}
        told |= {"callback_url": "http://127.0.0.1:9/nobody"}
        assert meta_world.post("/simulator/api/apps", json=told).status_code < 300
        member = make_member("Olga Owner", Role.OWNER)
    member.channel = channel
    return member


def begin(member, parts=GOOD, name="visit_soon", **fields) -> Template:
    told = {"business_id": member.channel.business_id, "name": name, "category": "UTILITY", "language": "en"}
    with clinic_scope(member.clinic_id):
        return authoring.write(member, authoring.begin(member, **told | fields), parts)


def at_meta(member, meta_world) -> list[dict]:
    told = meta_world.get("/simulator/api/templates", params={"waba_id": member.channel.business_id}).json()
    return [each for each in told["templates"] if each["name"].startswith("visit_soon")]


def decide(meta_world, template, status, **more) -> None:
    path = f"/simulator/api/templates/{template.external_id}/status"
    assert meta_world.post(path, json={"status": status} | more).status_code == 200


def read(template) -> Template:
    with clinic_scope(template.clinic_id):
        return Template.objects.get(pk=template.pk)


@pytest.fixture
def arrive_for():
    """Meta's word about a template, through the door's rows and a worker."""

    def arrive(channel, value, field="message_template_status_update"):
        body = json.loads(webhook(channel, {"field": field, "value": value}))
        hook = channel.hook_id
        sealed = vault.seal(json.dumps(body).encode(), webhook_context(hook))
        WebhookEvent.objects.create(hook_id=hook, body=sealed, state="waiting")
        drain_batch(0)

    return arrive
