"""Links and QR codes of a number: for posters, the clinic's Google profile, ads."""

from django.db.models import Count, Max
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinics.refusal import Refused
from clinics.settings_pages import admin_settings, show
from integrations.models import Channel

from .. import qr
from ..link_forms import EntryLinkForm
from ..models import EntryLink
from ..operations import linking


@admin_settings
def links(request, pk):
    """A number's links with how many conversations each brought; posted to, one more."""
    channel = get_object_or_404(Channel.objects.all(), pk=pk)
    form = EntryLinkForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, channel, form=form)
    try:
        made = linking.create_link(channel, **form.cleaned_data, by=request.member)
    except Refused as refused:
        return _show(request, channel, form=form, problem=str(refused))
    return _show(request, channel, saved=_("“%(name)s” is ready.") % {"name": made.name})


@require_POST
@admin_settings
def delete(request, pk):
    link = _find(pk)
    linking.delete_link(link, by=request.member)
    return _show(request, link.channel, saved=_("Deleted. What is printed still leads to the number."))


@require_GET
@admin_settings
def svg(request, pk):
    return _file(request, _find(pk), qr.svg, "image/svg+xml", "svg")


@require_GET
@admin_settings
def png(request, pk):
    return _file(request, _find(pk), qr.png, "image/png", "png")


@require_GET
@admin_settings
def poster(request, pk):
    """A page to print: the code, the number, and what to do."""
    link = _find(pk)
    return render(request, "inbox/poster.html", {"link": link, "address": linking.address_of(link)})


def _file(request, link: EntryLink, draw, content_type: str, ending: str) -> HttpResponse:
    """The code as a picture on the page, or with `?save` as a file."""
    if not (address := linking.address_of(link)):
        raise Http404
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    if "save" in request.GET:
        name = f"whatsapp-{slugify(link.name) or link.code}.{ending}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return HttpResponse(draw(address), content_type=content_type, headers=headers)


def _show(request, channel: Channel, *, form=None, **context):
    rows = EntryLink.objects.filter(channel=channel).select_related("channel")
    rows = list(rows.annotate(count=Count("uses"), last=Max("uses__used_at")))
    for row in rows:
        row.address = linking.address_of(row)
    return show(request, "links", channel=channel, links=rows, form=form or EntryLinkForm(), **context)


def _find(pk) -> EntryLink:
    return get_object_or_404(EntryLink.objects.select_related("channel"), pk=pk)
