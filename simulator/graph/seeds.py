"""The templates every new WhatsApp Business Account starts with."""

from simulator.world import Template, World, new_id


def body(text: str, *examples: str, **named: str) -> dict:
    """A BODY component with Meta's obligatory examples, positional or named."""
    component = {"type": "BODY", "text": text}
    if examples:
        component["example"] = {"body_text": [list(examples)]}
    if named:
        component["example"] = {
            "body_text_named_params": [{"param_name": key, "example": value} for key, value in named.items()]
        }
    return component


def text_header(text: str) -> dict:
    return {"type": "HEADER", "format": "TEXT", "text": text}


def footer(text: str) -> dict:
    return {"type": "FOOTER", "text": text}


def quick_replies(*texts: str) -> dict:
    return {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": text} for text in texts]}


PORTAL = {
    "type": "BUTTONS",
    "buttons": [{"type": "URL", "text": "Open the portal", "url": "https://portal.example/results/{{1}}",
                 "example": ["https://portal.example/results/abc"]}],
}  # fmt: skip
IMAGE_HEADER = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW1hZ2U=:ARsample"]}}

# name, language, category, parameter format, status, components
SEEDED = [
    ("appointment_reminder", "en", "UTILITY", "NAMED", "APPROVED", [
        text_header("Your appointment"),
        body("Hello {{patient_name}}, this is a reminder of your appointment on {{date}} at {{time}}. Can you come?",
             patient_name="Nora", date="12 March", time="09:30"),
        footer("Reply STOP to end reminders"), quick_replies("Confirm", "Reschedule")]),
    ("appointment_reminder", "es", "UTILITY", "NAMED", "APPROVED", [
        text_header("Su cita"),
        body("Hola {{patient_name}}, le recordamos su cita del {{date}} a las {{time}}. ¿Podrá venir?",
             patient_name="Nora", date="12 de marzo", time="09:30"),
        footer("Responda STOP para no recibir recordatorios"), quick_replies("Confirmar", "Cambiar")]),
    ("appointment_reminder", "ar", "UTILITY", "NAMED", "APPROVED", [
        text_header("موعدك"),
        body("مرحبًا {{patient_name}}، نذكّرك بموعدك يوم {{date}} الساعة {{time}}. هل يناسبك؟",
             patient_name="ليلى", date="12 مارس", time="09:30"),
        quick_replies("تأكيد", "تغيير الموعد")]),
    ("appointment_reminder", "zh_CN", "UTILITY", "NAMED", "APPROVED", [
        text_header("预约提醒"),
        body("{{patient_name}}您好，提醒您在{{date}} {{time}}有预约。您能来吗？",
             patient_name="诺拉", date="3月12日", time="09:30"),
        quick_replies("确认", "改期")]),
    ("appointment_confirmation", "en_US", "UTILITY", "POSITIONAL", "APPROVED", [
        body("Dear {{1}}, your visit with {{2}} is booked for {{3}}. Please bring a photo id.",
             "Nora", "Dr Sample", "12 March, 09:30"),
        footer("Sample Clinic")]),
    ("clinic_welcome", "en", "UTILITY", "POSITIONAL", "APPROVED", [
        body("Thank you for contacting us. A member of our team will answer during opening hours.")]),
    ("lab_results_ready", "en", "UTILITY", "POSITIONAL", "APPROVED", [
        body("Hello {{1}}, a new document is ready for you in the patient portal.", "Nora"), PORTAL]),
    ("visit_directions", "en", "UTILITY", "POSITIONAL", "APPROVED", [
        IMAGE_HEADER,
        body("Here is how to find us for your visit on {{1}}. Parking is behind the house.", "12 March")]),
    ("spring_checkup", "en", "MARKETING", "NAMED", "APPROVED", [
        text_header("Spring check-ups"),
        body("Hello {{patient_name}}, appointments for spring check-ups are open now. Shall we find you a time?",
             patient_name="Nora"),
        footer("Reply STOP to end these messages"), quick_replies("Find a time", "Not now")]),
    ("feedback_request", "en", "UTILITY", "POSITIONAL", "PENDING", [
        body("Hello {{1}}, how was your visit yesterday?", "Nora"), quick_replies("Good", "Not so good")]),
    ("free_gift", "en", "MARKETING", "POSITIONAL", "REJECTED", [
        body("Hello {{1}}, claim your free gift today!!!", "Nora")]),
]  # fmt: skip


def seed_templates(world: World, waba_id: str) -> None:
    """Give the account its first templates, once."""
    if any(template.waba_id == waba_id for template in world.templates.values()):
        return
    for name, language, category, parameter_format, status, components in SEEDED:
        reason = "PROMOTIONAL" if status == "REJECTED" else "NONE"
        template = Template(
            new_id(16), waba_id, name, language, category, parameter_format, components, status, reason
        )
        world.templates[template.id] = template
