"""The house rules as functions: each takes a parsed module and yields the lines that break it."""

import ast
import re
from functools import cache

from clinic_inbox.logs import KEYS

WORDS_OF_PATIENTS = {
    "text", "body", "phone", "name", "email", "caption", "filename", "note", "preview", "wa_id", "address", "content",
    "payload", "token", "secret", "password",
}  # fmt: skip
SECRET_NAMES = re.compile(r"token|secret|signature|hmac|password|passphrase|\bseal\b|api_key", re.IGNORECASE)
CLIENTS = {
    "AsyncClient", "Client", "get", "post", "put", "request", "stream", "urlopen", "create_connection", "socket",
    "open_connection", "HTTPConnection", "HTTPSConnection", "ClientSession", "Session",
}  # fmt: skip
NETWORK = (
    "httpx",
    "httpx2",
    "requests",
    "aiohttp",
    "urllib",
    "http",
    "socket",
    "asyncio",
    "urllib3",
    "pycurl",
)
WRITING = {
    "save",
    "delete",
    "create",
    "update",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}


@cache
def nodes(tree) -> list:
    """All nodes; every rule looks at them."""
    return list(ast.walk(tree))


def name_of(node) -> str:
    """`a.b.c` of names and attributes; "" for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


@cache
def calls(tree) -> list:
    """(call, last part of what is called, all of it)."""
    found = [(node, name_of(node.func)) for node in nodes(tree) if isinstance(node, ast.Call)]
    return [(node, full.rpartition(".")[2] or getattr(node.func, "attr", ""), full) for node, full in found]


def functions(tree):
    return (node for node in nodes(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def markup_of_our_own(tree):
    return (node for node, last, _ in calls(tree) if last in ("mark_safe", "SafeString", "SafeText"))


def sql_put_together(tree):
    """SQL made of values. Placeholders and psycopg's own SQL() are the way."""
    for node, last, _ in calls(tree):
        first = node.args[0] if node.args else None
        is_made = isinstance(first, ast.JoinedStr | ast.BinOp) or (
            isinstance(first, ast.Call)
            and name_of(first.func).endswith("format")
            and "SQL" not in ast.dump(first)
        )
        if last in ("execute", "executemany", "raw", "RawSQL") and is_made:
            yield node


def sql_of_the_orm(tree):
    return (
        node
        for node, last, full in calls(tree)
        if last in ("RawSQL", "extra") or full.endswith("objects.raw")
    )


def ways_around_the_manager(tree):
    for node in nodes(tree):
        if isinstance(node, ast.Attribute) and node.attr in (
            "_base_manager",
            "_default_manager",
            "all_objects",
        ):
            yield node
    for node, _last, full in calls(tree):
        if full in ("models.Manager", "Manager", "QuerySet"):
            yield node


def ways_out(tree):
    """Anything that opens a connection."""
    for node, last, full in calls(tree):
        if last in CLIENTS and full.partition(".")[0] in NETWORK:
            yield node


def secrets_compared(tree):
    for node in nodes(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [node.left, node.comparators[0]]
            if any(isinstance(side, ast.Constant) for side in sides):
                continue
            names = [name_of(part) for side in sides for part in ast.walk(side)]
            if any(SECRET_NAMES.search(name) for name in names):
                yield node


def caches(tree):
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.core.cache":
            yield node


def tasks_with_more_than_ids(tree):
    for function in functions(tree):
        if any("task" in ast.unparse(decorator) for decorator in function.decorator_list):
            for argument in function.args.args + function.args.kwonlyargs:
                if not argument.arg.endswith("_id") and argument.arg not in ("self", "shard", "typing"):
                    yield argument


def told_to_logs(tree):
    """Only an event's name, and ids and figures under the known keys."""
    for node, last, full in calls(tree):
        if not full.startswith("logger.") or last == "setLevel":
            continue
        event = node.args[0] if node.args else None
        is_named = isinstance(event, ast.Constant) and re.fullmatch(r"[a-z][a-z0-9_.]*", str(event.value))
        extra = next((keyword.value for keyword in node.keywords if keyword.arg == "extra"), None)
        pairs = zip(extra.keys, extra.values, strict=True) if isinstance(extra, ast.Dict) else []
        if not is_named or len(node.args) > 1 or any(_is_told(key, value) for key, value in pairs):
            yield node


def _is_told(key, value) -> bool:
    attributes = {part.attr for part in ast.walk(value) if isinstance(part, ast.Attribute)}
    is_known = isinstance(key, ast.Constant) and (key.value in KEYS or key.value == "webhook_ids")
    return not is_known or bool((attributes - {"__name__"}) & WORDS_OF_PATIENTS)


def far_away_tasks(tree):
    for node in nodes(tree):
        if isinstance(node, ast.keyword) and node.arg in ("eta", "countdown"):
            seconds = node.value.value if isinstance(node.value, ast.Constant) else 61
            if node.arg == "eta" or seconds > 60:
                yield node.value


def bells_of_their_own(tree):
    return (node for node, last, _ in calls(tree) if last in ("delay", "apply_async", "send_task"))


def open_doors(tree):
    for node in nodes(tree):
        if name_of(node).rpartition(".")[2] in ("csrf_exempt", "AllowAny", "login_not_required"):
            yield node
    for node, last, _ in calls(tree):
        if last in ("permission_classes", "authentication_classes") and not getattr(
            node.args[0], "elts", None
        ):
            yield node


def all_fields(tree):
    for node in nodes(tree):
        if isinstance(node, ast.Assign) and name_of(node.targets[0]) in ("fields", "exclude"):
            is_all = isinstance(node.value, ast.Constant) and node.value.value == "__all__"
            if is_all or name_of(node.targets[0]) == "exclude":
                yield node


def formats_of_unknown_texts(tree):
    """`str.format` reaches into what it is given; only our own constants may be formatted."""
    for node, last, full in calls(tree):
        if last == "format" and isinstance(node.func, ast.Attribute):
            source = ast.unparse(node.func.value)
            is_ours = (
                isinstance(node.func.value, ast.Constant)
                or source.split(".")[-1].isupper()
                or "SQL(" in source
            )
            if not is_ours:
                yield node
        if full in ("string.Template", "Template") and not node.keywords:
            yield node


def settings_of_a_session(tree):
    """Only tenancy.py says which clinic is active, and only for one transaction."""
    pattern = re.compile(r"\bSET\s+(SESSION\s+)?app\.|set_config\('app|set_config\([^)]*false\)")
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and pattern.search(node.value):
            yield node


def groups(tree):
    return (node for node, last, _ in calls(tree) if last in ("group_add", "group_send"))


def code_from_data(tree):
    for node in nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", "")}
            if names & {"pickle", "marshal", "shelve", "dill", "jinja2"}:
                yield node
    for node, _last, full in calls(tree):
        is_shell = any(
            keyword.arg == "shell" and getattr(keyword.value, "value", 1) for keyword in node.keywords
        )
        if full in ("eval", "exec", "os.system", "os.popen", "yaml.load") or is_shell:
            yield node


def errors_swallowed(tree):
    for node in nodes(tree):
        if isinstance(node, ast.ExceptHandler):
            is_broad = node.type is None or name_of(node.type) in ("Exception", "BaseException")
            if is_broad and all(isinstance(step, ast.Pass | ast.Continue) for step in node.body):
                yield node
    for node, last, _ in calls(tree):
        if last == "suppress" and {"Exception", "BaseException"} & {name_of(each) for each in node.args}:
            yield node


def environments(tree):
    for node in nodes(tree):
        if name_of(node) in ("os.environ", "os.getenv"):
            yield node


def unchecked_tls(tree):
    for node, _, _ in calls(tree):
        for keyword in node.keywords:
            value = getattr(keyword.value, "value", None)
            if (keyword.arg == "verify" and value is False) or (
                keyword.arg == "allow_private" and value is True
            ):
                yield node


def getting_that_writes(tree):
    """A view that changes something must say that it wants a POST."""
    changing = {
        alias.asname or alias.name
        for node in nodes(tree)
        if isinstance(node, ast.ImportFrom) and "operations" in (node.module or "")
        for alias in node.names
    }
    for function in functions(tree):
        if not function.args.args or function.args.args[0].arg != "request":
            continue
        source = ast.unparse(function)
        if (
            "require_POST" in source
            or "request.POST" in source
            or "request.method" in source
            or "POST" in source
        ):
            continue
        for node, last, full in calls(function):
            if last in WRITING or full in changing or full.partition(".")[0] in changing:
                yield node


PYTHON = {
    rule.__name__: rule
    for rule in (
        markup_of_our_own, sql_put_together, sql_of_the_orm, ways_around_the_manager, ways_out, secrets_compared,
        caches, tasks_with_more_than_ids, told_to_logs, far_away_tasks, bells_of_their_own, open_doors, all_fields,
        formats_of_unknown_texts, settings_of_a_session, groups, code_from_data, errors_swallowed, environments,
        unchecked_tls, getting_that_writes,
    )
}  # fmt: skip
TEMPLATES = {
    "what is not escaped": r"\|\s*safe(seq)?\b|autoescape\s+off",
    "inline style": r"\sstyle\s*=|<style\b",
    "inline script": r"<script(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on|hx-vals=.js:|hx-vars",
    "a page that can be taken over by what it opened": r"target=\"_blank\"(?![^>]*noopener)",
    "debugging": r"{%\s*debug",
    "words in an address": r"<form(?![^>]*(method=\"post\"|hx-post|data-|settings-filter|settings-search|is-unsaved))"
    r"|hx-get=[^>]*(type=\"(search|text)\"|<textarea)|type=\"(search|text)\"[^>]*hx-get",
    "a form without its token": r"<form(?=[^>]*method=\"post\")(?!(?:(?!</form>).)*csrf)",
}
