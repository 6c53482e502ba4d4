"""The house rules for safe code, looked for in every module and template; each is shown to catch a bad example."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.house import PYTHON, TEMPLATES

ROOT = Path(__file__).resolve().parents[1]
APPS = ("clinic_inbox", "clinics", "contacts", "integrations", "inbox")
LOCAL, BACKUP, DEMO = "clinic_inbox/local/", "clinic_inbox/backup/", "inbox/demo/"
# (rule, beginning of the path, a part of the line): why it is right there all the same.
ALLOWED = {
    ("markup_of_our_own", "inbox/formatting.py", "escape(text[at:])"): "every part is escaped",
    ("markup_of_our_own", "inbox/templatetags/bubble_parts.py", "str(message_id)"): "our template and an id",
    ("markup_of_our_own", "inbox/templatetags/icons.py", "<svg"): "the package's drawing",
    ("markup_of_our_own", "inbox/templatetags/inbox_text.py", "<time"): "times only",
    ("markup_of_our_own", "inbox/templatetags/inbox_text.py", "_marked("): "_marked() escapes",
    ("caches", "clinics/audit.py", "import cache"): "a digest of who read which list lately",
    ("caches", "inbox/template_sync.py", "import cache"): "that Meta asked not to be asked for a while",
    ("sql_put_together", LOCAL, "Identifier(name)"): "psycopg's SQL(), in a variable",
    ("sql_put_together", "inbox/delivery/lock.py", "int(settings."): "a figure of our settings",
    ("sql_of_the_orm", "inbox/search.py", "RawSQL(said"): "our table; the words are a parameter",
    ("ways_out", "integrations/whatsapp/", "http."): "our own http.py, whatever it is called",
    ("ways_out", "integrations/webpush.py", "http."): "the same",
    ("ways_out", "clinic_inbox/front.py", "settings.WEB_URL"): "the web process behind it",
    ("ways_out", LOCAL, ""): "the launcher, on this machine",
    ("ways_out", DEMO, "urlopen"): "the simulator; production refuses to name one",
    ("bells_of_their_own", "inbox/bells.py", "send_task"): "the bells",
    ("formats_of_unknown_texts", LOCAL, ""): "command lines and roles of our own",
    ("environments", "clinic_inbox/settings/", ""): "the settings",
    ("environments", "clinic_inbox/asgi.py", ""): "names the settings",
    ("environments", "clinic_inbox/wsgi.py", ""): "names the settings",
    ("environments", "clinic_inbox/celery.py", ""): "names the settings",
    ("environments", "clinic_inbox/failpoints.py", ""): "before any setting; off in production",
    ("environments", LOCAL, ""): "the launcher makes the environment",
    ("formats_of_unknown_texts", BACKUP, "Identifier(name)"): "psycopg's SQL(), in a variable",
    ("environments", BACKUP, ""): "hands it on to Postgres' programs and to a server of its own",
    ("environments", "integrations/apart.py", ""): "hands on PATH and nothing else",
    ("getting_that_writes", "inbox/views/conversations.py", "may_assign("): "reads",
    ("getting_that_writes", "clinics/views/invitation.py", "digest("): "reads",
    ("getting_that_writes", "clinics/views/invitation.py", "find_open("): "reads",
    ("getting_that_writes", "clinics/views/sign_up.py", "digest("): "reads",
    (
        "getting_that_writes",
        "clinics/views/sign_up.py",
        "beginning.begin(",
    ): "called for a POST with a valid form",
    ("getting_that_writes", "integrations/views/onboarding.py", "ways."): "its steps are taken for a POST",
    ("getting_that_writes", "inbox/views/links.py", "address_of("): "reads",
    ("getting_that_writes", "clinics/views/members.py", "tokens_made_by("): "reads",
    ("getting_that_writes", "clinics/views/members.py", "open_invitations("): "reads",
}
BAD = [
    ("markup_of_our_own", "return mark_safe(message.text)"),
    ("markup_of_our_own", "return safestring.SafeString(name)"),
    ("sql_put_together", "cursor.execute(f'SELECT * FROM t WHERE name = {name}')"),
    ("sql_put_together", "cursor.execute('SELECT * FROM t WHERE name = %s' % name)"),
    ("sql_put_together", "cursor.execute('SELECT {}'.format(name))"),
    ("sql_of_the_orm", "Contact.objects.raw('SELECT 1')"),
    ("sql_of_the_orm", "Contact.objects.filter(pk=1).extra(where=['true'])"),
    ("ways_around_the_manager", "Contact._base_manager.all()"),
    ("ways_around_the_manager", "class Contact:\n    everything = models.Manager()"),
    ("ways_out", "requests.get(url)"),
    ("ways_out", "httpx2.AsyncClient()"),
    ("ways_out", "urllib.request.urlopen(url)"),
    ("ways_out", "asyncio.open_connection(host, 443)"),
    ("secrets_compared", "if token == row.token: pass"),
    ("secrets_compared", "ok = request.headers['x'] != hook.app_secret"),
    ("secrets_compared", "ok = signature(body) == given"),
    ("caches", "from django.core.cache import cache"),
    ("tasks_with_more_than_ids", "@shared_task\ndef send(clinic_id, text): pass"),
    ("tasks_with_more_than_ids", "@app.task(bind=True)\ndef call(self, phone): pass"),
    ("told_to_logs", "logger.info(f'got {text}')"),
    ("told_to_logs", "logger.info('got %s', message.text)"),
    ("told_to_logs", "logger.info('stored', extra={'text': message.text})"),
    ("told_to_logs", "logger.info('stored', extra={'reason': contact.phone})"),
    ("told_to_logs", "logger.exception('A patient wrote something')"),
    ("far_away_tasks", "ring(task, eta=appointment.starts_at)"),
    ("far_away_tasks", "ring(task, countdown=61)"),
    ("far_away_tasks", "ring(task, countdown=pause)"),
    ("bells_of_their_own", "deliver.delay(clinic_id)"),
    ("bells_of_their_own", "deliver.apply_async((clinic_id,))"),
    ("open_doors", "@csrf_exempt\ndef view(request): pass"),
    ("open_doors", "permission_classes = [permissions.AllowAny]"),
    ("open_doors", "@permission_classes([])\ndef view(request): pass"),
    ("all_fields", "class Meta:\n    fields = '__all__'"),
    ("all_fields", "class Meta:\n    exclude = ['clinic']"),
    ("formats_of_unknown_texts", "template.body.format(name=name)"),
    ("formats_of_unknown_texts", "string.Template(text)"),
    ("settings_of_a_session", "cursor.execute(\"SET app.clinic_id = '1'\")"),
    ("settings_of_a_session", "cursor.execute(\"SELECT set_config('app.clinic_id', %s, false)\")"),
    ("groups", "await layer.group_add(message['group'], channel)"),
    ("code_from_data", "import pickle"),
    ("code_from_data", "from jinja2 import Template"),
    ("code_from_data", "eval(rule)"),
    ("code_from_data", "subprocess.run(command, shell=True)"),
    ("errors_swallowed", "try:\n    send()\nexcept Exception:\n    pass"),
    ("errors_swallowed", "try:\n    send()\nexcept:\n    pass"),
    ("errors_swallowed", "with suppress(Exception):\n    send()"),
    ("environments", "key = os.environ['KEY']"),
    ("environments", "key = os.getenv('KEY')"),
    ("unchecked_tls", "open_client(verify=False)"),
    ("unchecked_tls", "open_client(allow_private=True)"),
    ("getting_that_writes", "def view(request, pk):\n    Contact.objects.filter(pk=pk).update(name='')"),
    ("getting_that_writes", "from ..operations import handling\ndef view(request):\n    handling.close(1)"),
]
NO_WORDS = ("?at=${",)  # a time
BAD_TEMPLATES = [
    ("what is not escaped", "{{ message.text|safe }}"),
    ("what is not escaped", "{% autoescape off %}{{ name }}{% endautoescape %}"),
    ("inline style", '<p style="color: red">'),
    ("inline style", "<style>p {}</style>"),
    ("inline script", "<script>go()</script>"),
    ("inline script", '<a onclick="go()">'),
    ("inline script", '<a href="javascript:go()">'),
    ("inline script", '<p hx-on:click="go()">'),
    ("a page that can be taken over by what it opened", '<a target="_blank" href="x">'),
    ("debugging", "{% debug %}"),
    ("words in an address", '<form action="/"><input type="search" name="q"></form>'),
    ("words in an address", '<form method="get"><input name="q"></form>'),
    ("words in an address", '<input type="search" name="q" hx-get="/conversations/">'),
    ("a form without its token", '<form method="post" action="x"><button></button></form>'),
]


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its path, without migrations."""
    files = [
        path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts
    ]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in files}


def exception(rule: str, path: str, line: str):
    """The entry of ALLOWED that speaks for this line, or None."""
    return next(
        (key for key in ALLOWED if key[0] == rule and path.startswith(key[1]) and key[2] in line), None
    )


@cache
def lines_of(rule: str) -> list[tuple[str, int, str]]:
    """(path, line number, source) of all that a rule finds."""
    return [
        (path, node.lineno, ast.unparse(node))
        for path, tree in modules().items()
        for node in PYTHON[rule](tree)
    ]


@pytest.mark.parametrize("rule", PYTHON)
def test_no_module_breaks_a_rule_without_a_reason(rule):
    assert [found for found in lines_of(rule) if not exception(rule, found[0], found[2])] == []


def test_every_exception_is_still_needed():
    used = {exception(rule, path, line) for rule in PYTHON for path, _, line in lines_of(rule)}

    assert set(ALLOWED) - used == set()
    assert len(modules()) > 150


@pytest.mark.parametrize(("rule", "source"), BAD)
def test_a_rule_catches_a_bad_example(rule, source):
    assert list(PYTHON[rule](ast.parse(source)))


def test_every_rule_has_a_bad_example():
    assert {rule for rule, _ in BAD} == set(PYTHON)
    assert {rule for rule, _ in BAD_TEMPLATES} == set(TEMPLATES)


@pytest.mark.parametrize("rule", TEMPLATES)
def test_no_template_breaks_a_rule(rule):
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "templates").rglob("*.html")
    }

    assert [
        (path, found[0]) for path, text in texts.items() for found in re.finditer(TEMPLATES[rule], text, re.S)
    ] == []
    assert len(texts) > 60


def test_no_script_puts_what_was_typed_into_an_address():
    """Names of patients are typed into fields: what was typed goes in a body."""
    lines = [
        (path.name, line)
        for path in sorted((ROOT / "static/js").glob("*.js"))
        for line in path.read_text().splitlines()
        if re.search(r"encodeURIComponent|[?&]\w+=\$\{[^}]*(value|query|text|words?)\b", line)
    ]

    assert [found for found in lines if not any(part in found[1] for part in NO_WORDS)] == []


@pytest.mark.parametrize(("rule", "text"), BAD_TEMPLATES)
def test_a_rule_for_templates_catches_a_bad_example(rule, text):
    assert re.search(TEMPLATES[rule], text, re.DOTALL)
