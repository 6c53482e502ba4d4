"""The audit log in the reader's language: what it keeps has none."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from clinics import audit, audit_words
from clinics.forms import ClinicForm, ProfileForm
from clinics.models import AuditEntry
from contacts.models import Contact
from inbox.api.conversations import ConversationChange
from inbox.erasure.schema import ERASED
from inbox.models import AnswerRules, OnCallRules, RetentionRule, TeamTarget
from integrations.whatsapp.profile import Profile

ROOT = Path(__file__).resolve().parents[2]
APPS = ("clinics", "contacts", "integrations", "inbox")
UNTOLD = {"id", "clinic", "team", "changed_at", "created_at", "is_name_edited", "fields", "picture", "former"}


def told_in(tree: ast.AST):
    """The literal names in what is handed to the log: `detail={"name": …}`, `detail = {…}`, `_of(member, after=…)`."""
    for node in ast.walk(tree):
        is_kept = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "detail"
        is_handed = isinstance(node, ast.keyword) and node.arg == "detail"
        if is_kept or is_handed:
            for each in ast.walk(node.value):
                keys = each.keys if isinstance(each, ast.Dict) else []
                yield from (key.value for key in keys if isinstance(key, ast.Constant))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_of", "_record"):
            yield from (keyword.arg for keyword in node.keywords if keyword.arg)


def actors_in(tree: ast.AST):
    """Who acted, where it is no person: `actor="retention"`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "actor" and isinstance(node.value, ast.Constant):
            yield node.value.value


def said_by_the_code(find) -> set[str]:
    """What `find` finds in the modules that write into the log."""
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "audit." in path.read_text()]
    return {said for path in files for said in find(ast.parse(path.read_text()))}


def fields_that_may_change() -> set[str]:
    """Names that the code takes from forms and tables, also those of whole tables in an erasure's receipt."""
    names = {*ProfileForm.Meta.fields, *ClinicForm.Meta.fields, *ConversationChange().fields}
    names |= set(Profile.__dataclass_fields__) | set(RetentionRule.Subject.values)
    names |= {model._meta.model_name for model in ERASED}
    for model in (AnswerRules, OnCallRules, TeamTarget, Contact):
        names |= {field.name for field in model._meta.concrete_fields}
    return names - UNTOLD


def test_whatever_the_log_is_told_has_a_name_people_know():
    told = said_by_the_code(told_in)

    assert told | fields_that_may_change() <= set(audit_words.NAMES)
    assert len(told) > 30


def test_whoever_acts_there_is_a_person_or_has_a_name_people_know():
    actors = said_by_the_code(actors_in)

    assert {"erasure", "retention"} <= actors <= set(audit_words.NOBODY)


@pytest.mark.parametrize(
    ("action", "detail", "said"),
    [
        ("profile.changed", {"changed": ["language", "density"]}, "Cambió: Idioma, Densidad"),
        ("member.role_changed", {"after": "admin", "before": "agent", "name": "agent"},
         "Nombre: agent · Antes: Agente · Después: Administrador"),
        ("clinic.changed", {"after": {"requires_mfa": True}, "before": {"requires_mfa": False}},
         "Antes: Aquí todos inician sesión con un segundo paso: No · "
         "Después: Aquí todos inician sesión con un segundo paso: Sí"),
        ("sign_in", {"second_factor": True}, "Segundo paso: Sí"),
        ("retention.changed", {"messages": 12, "files": "kept"}, "Mensajes: 12 · Archivos: Mientras exista la clínica"),
        ("hours.day_set", {"day": "2026-12-25", "spans": []}, "Día: 2026-12-25 · Horario de atención: –"),
        ("hours.changed", {"before": None, "after": [[[540, 720], [780, 1020]], [], [[0, 1440]]]},
         "Antes: – · Después: 09:00–12:00, 13:00–17:00; –; 00:00–24:00"),
        ("contact.changed", {"changed": ["allergies"]}, "Cambió: allergies"),
    ],
)  # fmt: skip
def test_an_entry_is_told_in_the_readers_language(clinic, action, detail, said):
    with translation.override("es"):
        told = audit_words.describe(AuditEntry(action=action, detail=detail))

    assert told == said


def test_the_page_is_in_the_readers_language_and_the_file_in_none(admin, client):
    admin.language = "es"
    admin.save()
    audit.record("profile.changed", member=admin, detail={"changed": ["language"]})
    audit.record("second_factor.reset", actor="command line", detail={"by": "command line"})
    client.force_login(admin.user)

    page = client.get("/settings/audit/").text
    file = client.post("/settings/audit/export/").content.decode()

    assert "Cambió: Idioma" in page
    assert "command line" not in page
    assert "changed: language" in file
    assert AuditEntry.objects.get(action="profile.changed").detail == {"changed": ["language"]}
