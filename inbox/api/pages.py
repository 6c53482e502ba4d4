"""Lists in pages that stay right while rows come in: each cursor names the place after the last row shown."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from clinic_inbox.api.parsing import Strict

MOST = 200
PARAMETERS = [
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
    OpenApiParameter("limit", int, description=f"Rows on a page, 1 to {MOST}; 50 when left out"),
]


class PageQuery(Strict):
    """The part of a list's query that turns pages; lists add their filters."""

    cursor = serializers.CharField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=50)


def read_query(serializer: type[Strict], request) -> dict:
    """The checked query of a list. Raises ValidationError."""
    query = serializer(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return query.validated_data


def respond(rows: QuerySet, by: str, query: dict, serializer) -> Response:
    """One page, newest first by the time `by` and the id: {"results": […], "next_cursor": … or null}."""
    if text := query.get("cursor"):
        at, pk = _read(text)
        older = Q(**{f"{by}__lt": at}) | Q(**{by: at, "pk__lt": pk})
        rows = rows.filter(older, **{f"{by}__lte": at})  # the second lets the index seek
    limit = query["limit"]
    page = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    cursor = _write(getattr(page[-1], by), page[-1].pk) if more else None
    return Response({"results": serializer(page, many=True).data, "next_cursor": cursor})


def _write(at: datetime, pk: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([at.isoformat(), pk.hex])).decode().rstrip("=")


def _read(text: str) -> tuple[datetime, UUID]:
    try:
        at, pk = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError
        return moment, UUID(pk)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise ValidationError({"cursor": [_("This cursor was not made here.")]}) from error
