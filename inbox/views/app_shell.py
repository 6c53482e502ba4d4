"""What makes the inbox an app of its own: its manifest, its service worker, the page without a line."""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from clinics.middleware import outside_clinic

WORKER = "js/worker.js"
SIZES = (192, 512)


@require_GET
@outside_clinic
@cache_control(max_age=3600)
def manifest(request):
    """The app's name, start and pictures."""
    pictures = [
        {
            "src": static(f"icons/app-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in SIZES
        for purpose in ("any", "maskable")
    ]
    return JsonResponse(
        {
            "name": _("Clinic Inbox"),
            "short_name": _("Inbox"),
            "id": reverse("inbox:home"),
            "start_url": reverse("inbox:home"),
            "scope": "/",
            "display": "standalone",
            "lang": get_language(),
            "dir": "rtl" if get_language_bidi() else "ltr",
            "background_color": "#f7f5f2",
            "theme_color": "#0f6466",
            "icons": pictures,
        },
        content_type="application/manifest+json",
    )


@require_GET
@outside_clinic
def worker(request):
    """The service worker: from the root, because it can look after pages below its own address only."""
    code = Path(finders.find(WORKER)).read_bytes()
    return HttpResponse(code, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@require_GET
@outside_clinic
def offline(request):
    """What is shown when there is no line. The service worker keeps it, so it says nothing of anybody."""
    return render(request, "inbox/offline.html")
