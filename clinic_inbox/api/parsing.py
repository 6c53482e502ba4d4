"""Request bodies and their shape: JSON without surprises, and no key we do not know."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class Json(JSONParser):
    """JSON; nesting without end is a bad request, not a failure of ours."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error


class Strict(serializers.Serializer):
    """A serializer that refuses keys it does not know: a misspelt one must not be ignored silently."""

    def to_internal_value(self, data):
        unknown = set(data) - set(self.fields) if hasattr(data, "keys") else set()
        if unknown:
            raise serializers.ValidationError(
                {str(key)[:60]: [_("Unknown field.")] for key in sorted(unknown)}
            )
        return super().to_internal_value(data)
