"""Request bodies and their shape: JSON without surprises, and no key we do not know."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class Json(JSONParser):
    """JSON; nesting without end, or text that Postgres cannot keep, is a bad request, not a failure of ours."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            is_kept = all(_can_be_kept(text) for text in _texts_of(data))
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
        if not is_kept:
            raise ParseError(_("A text holds U+0000 or half of a character."))
        return data


def _texts_of(data) -> Iterator[str]:
    """Every text in parsed JSON, also the keys."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from data
        for value in data.values():
            yield from _texts_of(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts_of(value)


def _can_be_kept(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


class Strict(serializers.Serializer):
    """A serializer that refuses keys it does not know: a misspelt one must not be ignored silently."""

    def to_internal_value(self, data):
        unknown = set(data) - set(self.fields) if hasattr(data, "keys") else set()
        if unknown:
            raise serializers.ValidationError(
                {str(key)[:60]: [_("Unknown field.")] for key in sorted(unknown)}
            )
        return super().to_internal_value(data)
