"""Logs as JSON lines, built so that a patient's words, a number or a token cannot get in by mistake.

Our own code logs a snake_case event name and ids: `logger.warning("file_refused", extra={"attachment_id": …})`.
Anything else is dropped here: unknown keys, values that are no plain ids or figures, exception texts (a database error
quotes the row), and other packages' words unless they come from a process manager that sees no patients.
"""

import re
import traceback
from pathlib import Path

import orjson
import structlog

HOUSE = ("clinic_inbox", "clinics", "contacts", "integrations", "inbox", "simulator", "lifecycle")
# They write about processes, brokers and tasks; their sentences are kept, with what looks like a secret blotted out.
TALKATIVE = ("celery", "kombu", "_granian", "granian", "uvicorn")
KEYS = frozenset(
    (
        *(
            "request_id",
            "method",
            "route",
            "status",
            "milliseconds",
            "task",
            "task_id",
            "process",
            "queue",
            "shard",
        ),
        *(
            "clinic_id",
            "member_id",
            "token_id",
            "hook_id",
            "channel_id",
            "conversation_id",
            "contact_id",
            "message_id",
        ),
        *("attachment_id", "webhook_id", "template_id", "attempt_id", "attempt"),
        *("count", "attempts", "seconds", "size", "sockets", "seq", "state", "outcome", "reason", "code"),
        *("error", "error_class", "provider", "field", "kind", "content_type"),
        *("day", "digest", "seal", "key_id"),
    )
)
PLAIN = (str, int, float, bool)
LONGEST = 120
IDENTIFIER = re.compile(
    r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)  # digits in it are no phone number
# What looks like digits by the dozen and is none of anybody's: the audit chain's roots.
FINGERPRINTS = ("day", "digest", "seal")
FINGERPRINT = re.compile(r"[0-9a-f]{64}|\d{4}-\d\d-\d\d")
EVENT = re.compile(r"[a-z][a-z0-9_.]{0,79}")
ROOT = Path(__file__).resolve().parent.parent
MOST_FRAMES = 12

SECRETS = re.compile(
    r"ci_[0-9a-f]{32}_\S+|bearer\s+\S+|EAA\w{12,}"  # tokens
    r"|(?<=://)[^/\s@]+@|\?\S+|\S+@\S+\.\w+"  # passwords and queries of addresses, e-mail addresses
    r"|\+?\d[\d ()-]{6,}\d|'[^']*'|\"[^\"]*\"",  # phone numbers, quoted values
    re.IGNORECASE,
)


def configuration(level: str) -> dict:
    """Django's LOGGING: one handler to stderr for everything."""
    quiet = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "clinic_inbox.logs.formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": quiet | {"level": "WARNING"},
            "django.request": quiet | {"level": "ERROR"},  # 4xx are in the access log
            "django.server": quiet,
            "celery": quiet | {"level": "WARNING"},
            "uvicorn": quiet | {"level": "WARNING"},
            "uvicorn.error": quiet,
            "uvicorn.access": quiet | {"level": "CRITICAL"},  # it writes whole addresses
            "_granian": quiet | {"level": "WARNING"},
            "granian.access": quiet | {"level": "CRITICAL"},
            "httpx2": quiet | {"level": "CRITICAL"},  # so do these
            "httpcore2": quiet | {"level": "CRITICAL"},
            "PIL": quiet | {"level": "CRITICAL"},
        },
    }


def formatter() -> structlog.stdlib.ProcessorFormatter:
    """What turns a record of anybody's into one JSON line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.stdlib.ExtraAdder()],
        processors=[write_line, structlog.processors.JSONRenderer(serializer=_json)],
        use_get_message=False,  # a sentence with values is for us to put together, or not
        pass_foreign_args=True,
    )


def write_line(_logger, _method, event_dict: dict) -> dict:
    """The line of one record: who says what when, the known keys, and where an exception came from."""
    record = event_dict["_record"]
    line = {
        "time": structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", {})["timestamp"],
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": _event(record, event_dict.get("positional_args") or ()),
    }
    facts = event_dict | _facts(record)
    line |= {key: _plain(key, facts[key]) for key in sorted(KEYS & facts.keys()) if _is_plain(facts[key])}
    kind, _value, trace = _exception(event_dict.get("exc_info"))
    if kind:
        line |= {"exception": kind.__name__, "at": _frames(trace)}
    return line


def _event(record, values) -> str:
    top = record.name.partition(".")[0]
    said = record.msg if isinstance(record.msg, str) else ""
    if top in HOUSE:
        return said if EVENT.fullmatch(said) else f"unnamed_event {record.filename}:{record.lineno}"
    if record.name == "celery.app.trace":
        return "task_" + getattr(record, "data", {}).get("description", "ended").replace(" ", "_")
    if record.name.startswith("django"):
        return record.name
    if top in TALKATIVE:
        return SECRETS.sub("[…]", _put_together(said, values))[:LONGEST]
    return said[:LONGEST] if values else f"{record.filename}:{record.lineno}"


def _put_together(said: str, values) -> str:
    try:
        return said % values if values else said
    except (TypeError, ValueError, KeyError):
        return said


def _exception(exc_info) -> tuple:
    return exc_info if isinstance(exc_info, tuple) and len(exc_info) == 3 else (None, None, None)


def _facts(record) -> dict:
    """What Django and Celery attach to their records, under our names."""
    facts = {}
    if request := getattr(record, "request", None):
        match = getattr(request, "resolver_match", None)
        facts = {"method": getattr(request, "method", ""), "route": match.route if match else ""}
    if status := getattr(record, "status_code", None):
        facts["status"] = status
    if isinstance(data := getattr(record, "data", None), dict):
        facts |= {"task": data.get("name"), "task_id": data.get("id")}
    return facts


def _is_plain(value) -> bool:
    return isinstance(value, PLAIN) or type(value).__name__ == "UUID"


def _plain(key: str, value):
    if not isinstance(value, str) or (key.endswith("_id") and IDENTIFIER.fullmatch(value)):
        return value
    if key in FINGERPRINTS and FINGERPRINT.fullmatch(value):
        return value
    return SECRETS.sub("[…]", value)[:LONGEST]


def _frames(trace) -> list[str]:
    """File and line of the last calls; no source, no values."""
    return [
        f"{_short(frame.filename)}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-MOST_FRAMES:]
    ]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "/".join(path.parts[-2:])


def _json(line: dict, **_options) -> str:
    return orjson.dumps(line, default=str).decode()
