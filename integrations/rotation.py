"""Sealing everything anew under the active key, while the product runs."""

from collections.abc import Iterator

from django.apps import apps

from clinic_inbox import vault
from clinic_inbox.tenancy import ClinicModel, clinic_scope
from clinics import audit_chain
from clinics.models import Clinic

from .models import Hook, WebhookEvent, webhook_context

BATCH = 100  # bodies may be 3 MiB each
HOOK_SECRETS = (Hook.app_secret, Hook.previous_app_secret, Hook.verify_token)


def reseal_hooks() -> int:
    """Returns how many values were sealed anew, as the other functions do."""
    return sum(_reseal(Hook.objects, hook, secret) for hook in Hook.objects.all() for secret in HOOK_SECRETS)


def reseal_clinics() -> int:
    """Every sealed value in the clinics' own rows."""
    count = 0
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with clinic_scope(clinic_id):
            for model, secret in sealed_of_clinics():
                rows = model.objects.exclude(**{secret.column: b""})
                count += sum(_reseal(model.objects, row, secret) for row in rows)
    return count


def sealed_of_clinics() -> list[tuple[type[ClinicModel], vault.Sealed]]:
    """Every attribute of a clinic's rows that is kept encrypted."""
    models = (model for model in apps.get_models() if issubclass(model, ClinicModel))
    return [
        (model, each) for model in models for each in vars(model).values() if isinstance(each, vault.Sealed)
    ]


def sign_audit_roots() -> int:
    """The newest root of each clinic's audit chain is signed with the active key too."""
    count = 0
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with clinic_scope(clinic_id):
            count += audit_chain.sign_anew(clinic_id)
    return count


def reseal_webhooks() -> int:
    """Batch by batch; a webhook that was purged meanwhile is left alone."""
    count = 0
    for batch in _batches():
        for event in batch:
            if _is_old(event.body):
                context = webhook_context(event.hook_id)
                body = vault.seal(vault.unseal(event.body, context), context)
                count += WebhookEvent.objects.filter(pk=event.pk).update(body=body)
    return count


def _batches() -> Iterator[list[WebhookEvent]]:
    last = 0
    while batch := list(WebhookEvent.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _reseal(rows, row, secret: vault.Sealed) -> int:
    """Replace one value unless somebody else has changed it meanwhile: theirs is sealed with the active key already."""
    old = bytes(getattr(row, secret.column))
    if not old or not _is_old(old):
        return 0
    new = vault.seal(vault.unseal(old, secret.context(row)), secret.context(row))
    return rows.filter(pk=row.pk, **{secret.column: old}).update(**{secret.column: new})


def _is_old(blob: bytes) -> bool:
    return vault.sealed_with(blob) != vault.active_key_id()
