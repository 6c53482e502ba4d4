"""Saved replies of the demo clinic: what its front desk says every day, in the languages of its patients."""

from clinics.models import Member, Team
from inbox.models import SavedReply
from inbox.operations.replies import Wording, create_reply

SHARED = [
    Wording(
        "How to find us",
        {
            "en": "Hello {{contact.first_name|there}}, we are at 12 Harbour Road, opposite the ferry. The lift is on "
            "the left; parking is behind the house.",
            "es": "Hola, {{contact.first_name|buenos días}}: estamos en 12 Harbour Road, frente al ferry. El "
            "ascensor está a la izquierda; hay aparcamiento detrás del edificio.",
            "ar": "مرحبًا {{contact.first_name|بكم}}، عنواننا 12 Harbour Road مقابل العبّارة. المصعد على اليسار وموقف "
            "السيارات خلف المبنى.",
        },
        shortcut="way",
    ),
    Wording(
        "What to bring to a first visit",
        {
            "en": "Please bring your ID, your insurance card and a list of the medicines you take, and come ten "
            "minutes early.",
            "pt": "Por favor traga o seu documento de identificação, o cartão do seguro e a lista dos medicamentos "
            "que toma.",
        },
        shortcut="bring",
    ),
    Wording(
        "Fasting before a blood test",
        {
            "en": "For the blood test please do not eat for eight hours before; water is fine. Take your usual "
            "medicines unless your doctor told you otherwise.",
            "es": "Para el análisis de sangre, no coma nada durante las ocho horas anteriores; puede beber agua.",
        },
        shortcut="fasting",
    ),
    Wording(
        "We will call you back",
        {
            "en": "Thank you, {{contact.first_name}}. {{member.name}} from {{clinic.name}} will call you today."
        },
        shortcut="callback",
    ),
    Wording(
        "Please call 999",
        {"en": "This may be an emergency. Please call 999 now, or go to the nearest emergency department."},
        shortcut="emergency",
    ),
]
BILLING = Wording(
    "Invoice on its way",
    {"en": "Dear {{contact.name|patient}}, your invoice is being prepared and will reach you by e-mail."},
    shortcut="invoice",
)
OWN = Wording("My sign-off", {"en": "Warm regards, {{member.name}}"}, shortcut="bye")


def save_replies(members: dict[str, Member]) -> None:
    """Make them once; later runs leave what the clinic has made of them."""
    if SavedReply.objects.exists():
        return
    olga = members["olga"]
    for wording in SHARED:
        create_reply(_shared(wording), by=olga)
    billing = list(Team.objects.filter(name="Billing"))
    create_reply(_shared(BILLING, billing), by=olga)
    create_reply(OWN, by=members["ines"])


def _shared(wording: Wording, teams=()) -> Wording:
    return Wording(wording.title, wording.bodies, wording.shortcut, True, list(teams))
