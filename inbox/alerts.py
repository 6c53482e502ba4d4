"""What one member wishes to hear of."""

from clinics.models import Member

from .models import USUAL_PUSHES, AlertChoices, Event


def choices_of(member: Member) -> AlertChoices:
    """What the member has chosen; what is usual when they never did."""
    found = AlertChoices.objects.filter(member=member).first()
    return found or AlertChoices(member=member, pushes=list(USUAL_PUSHES), sounds=_usual_sounds(member))


def _usual_sounds(member: Member) -> list[str]:
    return [Event.MINE, Event.UNASSIGNED, Event.OTHERS] if member.sound else []
