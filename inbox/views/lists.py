"""The list: a view or a filter, what a search found, its pages, and the rows that changed."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinics import audit
from clinics.models import TeamMember
from clinics.queries import teams
from integrations.queries import channels

from .. import listed, notes, queries, saved_filters, search, waiting
from .. import listing as listings
from ..drafts import drafted
from ..listing import Listing
from ..models import Conversation
from ..sought import OFFERED
from .access import members_only
from .chips import chips_of
from .rows import rows_of, rows_of_hits

MOST_ROWS = 200  # asked for in one request after hints
NAMES = {
    "mine": (_("Mine"), "user-round", "m"),
    "team": (_("My teams"), "users-round", "t"),
    "unassigned": (_("Unassigned"), "user-round-x", "u"),
    "unread": (_("Unread"), "mail", "r"),
    "waiting": (_("Waiting"), "hourglass", "w"),
    "overdue": (_("Overdue"), "timer", "o"),
    "all": (_("All open"), "inbox", "a"),
    "mentions": (_("Mentions"), "at-sign", "e"),
    "snoozed": (_("Snoozed"), "alarm-clock", "s"),
    "closed": (_("Closed"), "check-check", "c"),
}
SORTS = {
    "newest": _("Newest message first"),
    "waiting": _("Waiting longest first"),
    "due": _("Due first"),
    "priority": pgettext_lazy("order of a list", "Most urgent first"),
}
LONGEST_SEARCH = 200


@require_http_methods(["GET", "POST"])
@members_only
def conversation_list(request):
    """The list alone: another view, its next page, or what is between two places of it; a POST searches for its `q`."""
    if "after" in request.GET or "until" in request.GET:
        return render(request, "inbox/_rows.html", list_of(request))
    return render(request, "inbox/_list.html", list_of(request))


@require_GET
@members_only
def rows(request):
    """The rows of these conversations that belong to the list shown; the missing ones have left it."""
    ids = request.GET.get("ids", "").split(",")[:MOST_ROWS]
    shown = listing_of(request)
    seen = listed.listed(request.member, shown)
    try:
        found = list(queries.in_rows(seen.filter(pk__in=ids)))
    except (ValueError, ValidationError):
        return HttpResponseBadRequest()
    audit.record_listing("conversations.listed", member=request.member)
    mentioned = notes.unseen_mentions(request.member)
    context = {
        "rows": _drawn(request, found, shown, mentioned),
        "listing": shown,
        "mentioned": len(mentioned),
    }
    context |= _head_of(request, shown)
    return render(request, "inbox/_changed_rows.html", context)


@require_GET
@members_only
def views(request):
    """The menu of all lists with their counts: the views, the teams, the filters that were kept."""
    kept = list(saved_filters.visible_filters(request.member))
    groups = list(teams() if request.member.sees_all else teams().filter(members=request.member))
    asked = {view: Listing(view) for view in listed.COUNTED}
    asked |= {f"{queries.TEAM}{team.pk}": Listing(f"{queries.TEAM}{team.pk}") for team in groups}
    asked |= {str(each.pk): saved_filters.listing_of(each) for each in kept}
    counts = listed.counts(request.member, asked)
    counts["mentions"] = len(notes.unseen_mentions(request.member))
    items = [(view, *NAMES[view], counts.get(view)) for view in queries.VIEWS]
    context = {
        "items": items,
        "teams": [(f"{queries.TEAM}{team.pk}", team, counts[f"{queries.TEAM}{team.pk}"]) for team in groups],
        "kept": [(each, counts[str(each.pk)]) for each in kept],
        "listing": listing_of(request),
    }
    return render(request, "inbox/_views.html", context)


@require_GET
@members_only
def chosen(request):
    """The conversations of a list, as many as one act takes, with what the page must say it had heard of each."""
    shown = listing_of(request)
    found = listed.chosen(request.member, shown)
    audit.record("conversations.chosen", member=request.member, detail={"found": len(found)})
    told = [[str(each.pk), each.heard] for each in found]
    return JsonResponse({"chosen": told, "most": listed.MOST_CHOSEN})


def listing_of(request) -> Listing:
    """The list that the address names; a role's own first list when it names none."""
    told = request.GET
    if "saved" in told:
        kept = saved_filters.find(request.member, told.get("saved", ""))
        return saved_filters.listing_of(kept) if kept else Listing()
    shown = listings.read(told)
    if shown == Listing() and "view" not in told and (kept := saved_filters.default_of(request.member)):
        return saved_filters.listing_of(kept)
    return shown


def list_of(request) -> dict:
    """What the list shows: one page of a list, or what a search found."""
    shown, query = listing_of(request), request.POST.get("q", "").strip()[:LONGEST_SEARCH]
    after, until = request.GET.get("after", ""), request.GET.get("until", "")
    context = {"listing": shown, "query": query, "now": timezone.now()}
    if not after and not until:
        context |= _head_of(request, shown)
    if query:
        return context | _found(request, query, shown)
    try:
        found, next_page = _page(request, shown, after, until)
    except (ValueError, IndexError) as problem:
        raise Http404 from problem
    audit.record_listing("conversations.listed", member=request.member)
    mentioned = notes.unseen_mentions(request.member)
    context |= {"rows": _drawn(request, found, shown, mentioned), "next_page": next_page}
    context["mentioned"] = len(mentioned)
    if request.member.is_admin and not after:
        context["emergencies"] = queries.emergencies().filter(noticed_at=None).count()
    if not found and not after:
        context["has_channel"] = channels().exists()
        context["has_team"] = TeamMember.objects.filter(member=request.member).exists()
    return context


def _drawn(request, found: list[Conversation], shown: Listing, mentioned: set) -> list:
    return rows_of(found, shown, mentioned, drafted(request.member, found))


def _page(request, shown: Listing, after: str, until: str) -> tuple[list[Conversation], str]:
    if until:
        return listed.between(request.member, shown, after, until), ""
    return listed.page(request.member, shown, after)


def _head_of(request, shown: Listing) -> dict:
    """What the list is called, how much is in it, and what it was narrowed to."""
    count = listed.counts(request.member, {"it": shown})["it"] if shown.view != "closed" else 0
    return {
        "not_sent": waiting.not_sent(request.member),
        "list_title": _title(request, shown),
        "list_count": count,
        "chips": chips_of(shown),
        "sorts": SORTS.items(),
        "operators": OFFERED,
        "list_views": [(view, *NAMES[view], None) for view in queries.VIEWS],
    }


def _title(request, shown: Listing) -> str:
    if shown.saved and (kept := saved_filters.find(request.member, shown.saved)):
        return kept.name
    if pk := queries.team_of_view(shown.view):
        return teams().filter(pk=pk).values_list("name", flat=True).first() or "?"
    return NAMES[shown.view][0]


def _found(request, query: str, shown: Listing) -> dict:
    """What the words find. Searching is put on record, the words are not: they may be a patient's."""
    found = search.find(request.member, query)
    audit.record("conversations.searched", member=request.member, detail={"found": len(found.hits)})
    drafts = drafted(request.member, [hit.conversation for hit in found.hits])
    return {"rows": rows_of_hits(found.hits, shown, drafts), "found": found, "sought": found.sought}
