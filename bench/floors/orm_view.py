"""What a careful first draft would be: a Django view that verifies, and stores all of it before it answers.

No tenants, no raw record, no live updates: less than the product does. `python -m bench.floors.orm_view` makes the
tables; granian serves `application` with worker processes and threads.
"""

import hashlib
import hmac
import json
import os
from datetime import UTC, datetime
from urllib.parse import urlsplit

import django
from django.conf import settings

SECRET = os.environ["FLOOR_SECRET"].encode()
_url = urlsplit(os.environ["NAIVE_URL"])
settings.configure(
    SECRET_KEY="floor",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.path.lstrip("/"),
            "USER": _url.username,
            "PASSWORD": _url.password,
            "HOST": _url.hostname,
            "PORT": _url.port,
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.http import HttpResponse, HttpResponseForbidden  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402


class Contact(models.Model):
    wa_id = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)

    class Meta:
        app_label = "floor"


class Conversation(models.Model):
    contact = models.OneToOneField(Contact, models.PROTECT)
    status = models.CharField(max_length=10, default="open")
    last_message_at = models.DateTimeField(null=True, db_index=True)
    unread = models.IntegerField(default=0)
    preview = models.CharField(max_length=200, default="")

    class Meta:
        app_label = "floor"


class Message(models.Model):
    conversation = models.ForeignKey(Conversation, models.PROTECT)
    external_id = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=20)
    text = models.TextField()
    payload = models.JSONField()
    sent_at = models.DateTimeField()

    class Meta:
        app_label = "floor"


@csrf_exempt
def webhook(request):
    expected = "sha256=" + hmac.new(SECRET, request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
        return HttpResponseForbidden()
    with transaction.atomic():
        for entry in json.loads(request.body)["entry"]:
            for change in entry["changes"]:
                receive(change["value"])
    return HttpResponse("ok")


def receive(value):
    names = {contact["wa_id"]: contact["profile"]["name"] for contact in value.get("contacts", [])}
    for item in value.get("messages", []):
        contact, _ = Contact.objects.update_or_create(
            wa_id=item["from"], defaults={"name": names.get(item["from"], "")}
        )
        conversation, _ = Conversation.objects.get_or_create(contact=contact)
        text = item.get("text", {}).get("body", "")
        sent_at = datetime.fromtimestamp(int(item["timestamp"]), UTC)
        fields = {"kind": item["type"], "text": text, "payload": item, "sent_at": sent_at}
        _, is_new = Message.objects.get_or_create(
            external_id=item["id"], defaults={"conversation": conversation} | fields
        )
        if is_new:
            Conversation.objects.filter(pk=conversation.pk).update(
                status="open", last_message_at=sent_at, unread=F("unread") + 1, preview=text[:200]
            )


urlpatterns = [path("webhooks", webhook)]

if __name__ == "__main__":
    with connection.schema_editor() as editor:
        for model in (Contact, Conversation, Message):
            editor.create_model(model)
else:
    application = get_wsgi_application()
