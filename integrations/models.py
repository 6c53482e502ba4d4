"""The clinic's numbers and the raw record of what providers told us."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel, uuid7
from clinic_inbox.vault import Sealed


class Provider(models.TextChoices):
    WHATSAPP = "whatsapp", "WhatsApp"


class Hook(models.Model):
    """One provider app (a Meta app) that signs webhooks to one address of ours.

    Outside isolation: the door reads it before any clinic is known, and one app may serve several clinics.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=20, choices=Provider)
    clinic = models.ForeignKey("clinics.Clinic", models.PROTECT, null=True, related_name="+")  # null: shared
    app_secret_sealed = models.BinaryField(default=bytes)
    previous_app_secret_sealed = models.BinaryField(default=bytes)  # accepted too while Meta rotates
    verify_token_sealed = models.BinaryField(default=bytes)
    app_id = models.CharField(
        max_length=40, blank=True, default="", db_default=""
    )  # "": a clinic's own, not told
    created_at = models.DateTimeField(default=timezone.now)

    app_secret = Sealed()
    previous_app_secret = Sealed()
    verify_token = Sealed()

    class Meta:
        constraints = [  # The operator's own Meta app, through which clinics sign up, has one hook.
            models.UniqueConstraint(
                fields=["provider", "app_id"],
                name="one_shared_hook_per_app",
                condition=Q(clinic=None) & ~Q(app_id=""),
            )
        ]


class Channel(ClinicModel):
    """One number, page or bot of the clinic."""

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        PAUSED = "paused", "Paused"
        BROKEN = "broken", "Needs attention"
        OFF = "off", "Disconnected"  # kept for its conversations; it has no token and hears nothing

    provider = models.CharField(max_length=20, choices=Provider)
    name = models.CharField(max_length=80)
    hook = models.ForeignKey(Hook, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=64)  # WhatsApp: phone number id
    business_id = models.CharField(max_length=64, blank=True)  # WhatsApp: business account (WABA) id
    portfolio = models.CharField(max_length=40, blank=True)  # scope of user ids; empty = the clinic itself
    address = models.CharField(max_length=40, blank=True)  # the number patients see
    access_token_sealed = models.BinaryField(default=bytes)
    api_url = models.URLField(default="https://graph.facebook.com")
    state = models.CharField(max_length=10, choices=State, default=State.CONNECTED)
    problem = models.CharField(max_length=300, blank=True)  # why it is broken, for the admin
    quality = models.CharField(max_length=20, blank=True)
    # 20 for a number shared with the phone app.
    sends_per_second = models.PositiveSmallIntegerField(default=80)
    last_event_at = models.DateTimeField(null=True)
    # The last event before an unusual silence; null while it talks, and while it is not connected.
    silent_since = models.DateTimeField(null=True)
    silence_told_at = models.DateTimeField(null=True)  # when its admins were written to; null until then
    created_at = models.DateTimeField(default=timezone.now)

    access_token = Sealed()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "provider", "external_id"], name="one_channel_per_number"
            )
        ]
        ordering = ["name"]

    def __str__(self):
        return self.name


class Checkup(ClinicModel):
    """What was found when a channel's connection was last looked at: facts, told in words when they are read."""

    channel = ClinicKey(Channel, models.CASCADE, related_name="+")
    facts = models.JSONField(default=dict)
    looked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "channel"], name="one_checkup_per_channel")]


class Onboarding(ClinicModel):
    """One number on its way through Meta's Embedded Signup: how far it is, so that it can go on after a failure.

    It becomes a channel only when every step is done; until then nobody else sees anything of it.
    """

    class Step(models.TextChoices):
        CHECK = "check", "check"  # the token has come; does it open what the browser claimed?
        CHOOSE = "choose", "choose"  # which of the account's numbers
        SUBSCRIBE = "subscribe", "subscribe"
        REGISTER = "register", "register"
        CONNECT = "connect", "connect"
        DONE = "done", "done"

    started_by = ClinicKey("clinics.Member", models.PROTECT, related_name="+")
    step = models.CharField(max_length=10, choices=Step, default=Step.CHECK)
    access_token_sealed = models.BinaryField(default=bytes)
    business_id = models.CharField(max_length=64)  # WhatsApp business account, once checked against the token
    number_id = models.CharField(max_length=64, blank=True)
    numbers = models.JSONField(default=list)  # of the account: id, number, name
    is_coexistence = models.BooleanField(default=False)  # the number stays on the WhatsApp Business app, too
    problem = models.CharField(max_length=20, blank=True)  # the error code of the step that failed last
    busy_until = models.DateTimeField(null=True)  # a step is being taken, in one browser tab at a time
    created_at = models.DateTimeField(default=timezone.now)

    access_token = Sealed()

    class Meta:
        indexes = [models.Index(fields=["clinic", "-created_at"], name="onboardings_newest")]


class Route(ClinicModel):
    """Which clinic an address in a hook's payload belongs to. Read across clinics only by find_routes()."""

    class Kind(models.TextChoices):
        NUMBER = "number", "Phone number id"
        BUSINESS = "business", "Business account id"

    hook = models.ForeignKey(Hook, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    external_id = models.CharField(max_length=64)
    channel = ClinicKey(Channel, models.CASCADE, null=True, related_name="+")  # null for a business account
    # Null for routes older than this column. On a hook that clinics share, what came before was not this clinic's.
    created_at = models.DateTimeField(null=True, db_default=Now())

    class Meta:
        constraints = [  # Inside one hook an address has one owner; other hooks' addresses are not told.
            models.UniqueConstraint(fields=["hook", "kind", "external_id"], name="one_route_per_address")
        ]


def webhook_context(hook_id) -> str:
    """Associated data of the sealed body of a webhook that came to this hook."""
    return f"webhook:{hook_id}"


class WebhookEvent(models.Model):
    """One webhook body as it came, sealed. Outside isolation: its clinics are known only after parsing."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        QUARANTINED = "quarantined", "Quarantined"
        DEAD = "dead", "Dead"

    id = models.BigAutoField(primary_key=True)
    hook = models.ForeignKey(Hook, models.PROTECT, related_name="+", db_index=False)
    shard = models.SmallIntegerField(default=0)
    body = models.BinaryField()
    received_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=12, choices=State, default=State.WAITING, db_default=State.WAITING)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, default="", db_default="")  # a reason, never a part of the body

    class Meta:
        indexes = [
            models.Index(fields=["shard", "id"], name="webhooks_waiting", condition=Q(state="waiting")),
            models.Index(
                fields=["state", "id"], name="webhooks_held", condition=Q(state__in=["quarantined", "dead"])
            ),
            models.Index(fields=["received_at"], name="webhooks_by_age"),
        ]


class ChannelEvent(ClinicModel):
    """One thing a provider told us that is not a message: a template's fate, a number's quality, a call …"""

    channel = ClinicKey(Channel, models.PROTECT, null=True, related_name="+")
    webhook_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=60)
    kind = models.CharField(max_length=60, blank=True)
    payload = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "field", "dedupe_key"], name="one_row_per_channel_event"
            )
        ]
        indexes = [models.Index(fields=["clinic", "field", "-occurred_at"], name="channel_events_newest")]


class Template(ClinicModel):
    """One message template in one language, as the provider last told us; and what is being written of it.

    While `status` is DRAFT the provider has never had it. `draft` is inbox.authoring's Parts, null when nobody writes;
    `components` stay what the provider has, so that it is sent as it was until the provider took the change.
    """

    DRAFT = "DRAFT"

    provider = models.CharField(max_length=20, choices=Provider)
    business_id = models.CharField(max_length=64)
    external_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=16)
    category = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    quality = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # why it was rejected or paused
    parameter_format = models.CharField(max_length=12, default="positional")
    components = models.JSONField(default=list)
    synced_at = models.DateTimeField(default=timezone.now)
    draft = models.JSONField(null=True)
    draft_at = models.DateTimeField(null=True)  # when it was last written in, or put away
    draft_by = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+", db_index=False)
    # Another one with each change: a page that knows an older one writes over nothing unseen.
    draft_mark = models.CharField(max_length=36, blank=True, default="", db_default="")
    sample = models.FileField(max_length=200, blank=True, default="", db_default="")  # for the draft's header
    sample_type = models.CharField(max_length=120, blank=True, default="", db_default="")
    sample_name = models.CharField(max_length=240, blank=True, default="", db_default="")  # as it was called

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "provider", "business_id", "name", "language"],
                name="one_template_per_language",
            )
        ]
        ordering = ["name", "language"]


class TemplateDecision(ClinicModel):
    """One step in the life of a template: what was handed to the provider, and what it said."""

    template = ClinicKey(Template, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(
        max_length=20
    )  # submitted, edited, deleted; or the provider's status, quality, category
    told = models.CharField(max_length=300, blank=True)  # its reason, the new quality or category
    by_name = models.CharField(max_length=80, blank=True)  # empty: the provider
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["clinic", "template", "-at"], name="decisions_newest")]
