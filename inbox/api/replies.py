"""Saved replies: read only. They are written in the settings."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view

from .. import saved_replies
from . import pages
from .shapes import SavedReplyShape, page_of


@extend_schema(
    operation_id="list_saved_replies", responses=page_of(SavedReplyShape), parameters=pages.PARAMETERS
)
@api_view(["GET"])
def replies(request):
    """The clinic's saved replies, lately changed ones first; not those that members keep for themselves."""
    query = pages.read_query(pages.PageQuery, request)
    rows = saved_replies.shared_replies().prefetch_related("for_teams")
    return pages.respond(rows, "changed_at", query, SavedReplyShape)
