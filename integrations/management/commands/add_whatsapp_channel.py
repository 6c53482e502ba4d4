from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from clinic_inbox.tenancy import clinic_scope
from clinics.management.provisioning import find_clinic, print_json, refusals_as_errors
from integrations import operations
from integrations.models import Hook


class Command(BaseCommand):
    help = "Connect a WhatsApp number to a clinic. Prints the webhook address to paste into Meta."

    def add_arguments(self, parser):
        parser.add_argument("--clinic", required=True, help="the clinic's short name")
        parser.add_argument("--phone-number-id", required=True)
        parser.add_argument("--waba-id", required=True, help="WhatsApp business account id")
        parser.add_argument("--app-secret", default="")
        parser.add_argument("--verify-token", default="")
        parser.add_argument("--access-token", required=True)
        parser.add_argument("--graph-url", default=operations.GRAPH_URL)
        parser.add_argument("--name", default="", help="what the clinic calls the number")
        parser.add_argument("--address", default="", help="the number patients see")
        parser.add_argument("--hook", type=UUID, help="join the Meta app of this hook; its secrets stay")

    def handle(self, *, clinic, hook, **options):
        fields = {
            name: options[name] for name in operations.WhatsAppNumber.__dataclass_fields__ if name in options
        }
        known = hook and _find_hook(hook)
        with refusals_as_errors(), clinic_scope(find_clinic(clinic).pk):
            channel = operations.connect_whatsapp(operations.WhatsAppNumber(**fields), hook=known)
        print_json(
            self,
            id=channel.pk,
            clinic=clinic,
            phone_number_id=channel.external_id,
            hook=channel.hook_id,
            webhook_path=operations.webhook_path(channel.hook),
            webhook_url=operations.webhook_url(channel.hook),
        )


def _find_hook(hook_id: UUID) -> Hook:
    hook = Hook.objects.filter(pk=hook_id).first()
    if hook is None:
        raise CommandError(f"there is no hook {hook_id}")
    return hook
