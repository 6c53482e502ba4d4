"""Every name under which the code takes something from a request, read from the code."""

import ast
from pathlib import Path

from django import forms
from django.utils.module_loading import import_string
from rest_framework import serializers

from clinic_inbox.api.parsing import Strict
from clinic_inbox.local.folder import HOME

APPS = ("clinic_inbox", "clinics", "integrations", "contacts", "inbox")
# What these fields let through is no id and no words.
PLAIN = (
    forms.IntegerField, forms.FloatField, forms.BooleanField, forms.DateField, forms.DateTimeField, forms.FileField,
    serializers.IntegerField, serializers.FloatField, serializers.BooleanField, serializers.DateField,
    serializers.DateTimeField, serializers.FileField, serializers.BaseSerializer,
)  # fmt: skip


def named_in_code() -> set[str]:
    """The names of `request.GET.get("x")`, `request.POST["x"]`, `"x" in request.GET` and the like."""
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            found |= set(_named(node))
    return found


def sources() -> list[Path]:
    return [
        path for app in APPS for path in sorted((HOME / app).rglob("*.py")) if "migrations" not in path.parts
    ]


def _named(node):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_query(node.func.value):
        yield from (arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant))
    if isinstance(node, ast.Subscript) and _is_query(node.value) and isinstance(node.slice, ast.Constant):
        yield node.slice.value
    if isinstance(node, ast.Compare) and any(_is_query(part) for part in node.comparators):
        yield from (part.value for part in [node.left] if isinstance(part, ast.Constant))


def _is_query(node) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("GET", "POST", "query_params")


def taken_by_forms() -> set[str]:
    """The fields of every form and serializer of ours that may carry an id or any text."""
    return taken_by_pages() | taken_by_the_api()


def taken_by_pages() -> set[str]:
    """As above, of the forms only."""
    return _telling(
        each for form in _ours(forms.BaseForm) for each in getattr(form, "base_fields", {}).items()
    )


def taken_by_the_api() -> set[str]:
    """As above, of the serializers only."""
    return _telling(each for serializer in _ours(Strict) for each in serializer._declared_fields.items())


def _telling(fields) -> set[str]:
    return {name for name, field in fields if not isinstance(field, PLAIN)}


def _ours(base: type) -> list[type]:
    """All subclasses that stand in the apps, once every module of theirs is loaded."""
    for path in sources():
        if path.name in ("forms.py",) or "api" in path.parts:
            module = ".".join(path.relative_to(HOME).with_suffix("").parts)
            if path.name != "__init__.py":
                import_string(f"{module}.__name__")
    return [each for each in _below(base) if each.__module__.split(".")[0] in APPS]


def _below(base: type) -> list[type]:
    return [each for child in base.__subclasses__() for each in (child, *_below(child))]
