"""How sounds are drawn and counted."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

BAR = 3  # units of the drawing a bar takes, one of them a gap
LEAST = 8  # a silence is a dot, not a hole


@register.simple_tag
def waveform(peaks: list[int] | None) -> SafeString | str:
    """The loudness of a sound as bars, once plain and once as what was played; nothing when it is not known."""
    if not peaks:
        return ""
    heights = [max(min(int(peak), 100), LEAST) for peak in peaks]
    path = "".join(f"M{place * BAR + 1} {50 - height / 2:g}v{height}" for place, height in enumerate(heights))
    drawing = '<svg class="{}" viewBox="0 0 {} 100" preserveAspectRatio="none" aria-hidden="true"><path d="{}"/></svg>'
    both = drawing + drawing
    width = len(heights) * BAR
    return format_html(both, "voice-wave", width, path, "voice-wave is-played", width, path)


@register.filter
def clock(seconds: float) -> str:
    """A length as a player shows it: 1:05."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"
