"""Reports of providers that come late: the newest counts, whatever order they are read in."""

import json

from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from integrations.models import ChannelEvent, Template
from tests.inbox.payloads import webhook


def test_late_news_of_a_template_changes_nothing(channel, arrive):
    with clinic_scope(channel.clinic_id):
        Template.objects.create(
            provider="whatsapp", business_id=channel.business_id, external_id="55", name="hello",
            language="en", category="UTILITY", status="PENDING",
        )  # fmt: skip
    now = int(timezone.now().timestamp())

    for seconds, event in ((80, "PAUSED"), (90, "APPROVED"), (70, "REJECTED"), (75, "APPROVED")):
        value = {"event": event, "message_template_id": 55}
        body = json.loads(webhook(channel, {"field": "message_template_status_update", "value": value}))
        body["entry"][0]["time"] = now - seconds
        arrive(json.dumps(body).encode())

    with clinic_scope(channel.clinic_id):
        assert Template.objects.get().status == "REJECTED"
        assert ChannelEvent.objects.count() == 4


def test_a_rejected_template_says_why(channel, arrive, scope):
    with scope():
        Template.objects.create(
            provider="whatsapp", business_id=channel.business_id, external_id="55", name="hello",
            language="en", category="UTILITY", status="APPROVED",
        )  # fmt: skip
    value = {
        "event": "REJECTED",
        "message_template_id": 55,
        "message_template_name": "hello",
        "reason": "SCAM",
    }
    body = webhook(channel, {"field": "message_template_status_update", "value": value})

    arrive(body, body)

    with scope():
        assert Template.objects.values_list("status", "reason").get() == ("REJECTED", "SCAM")
        assert ChannelEvent.objects.count() == 1
