"""News for the apps above. Sent inside the transaction; receivers only record work to do."""

from django.dispatch import Signal

sight_changed = Signal()  # members: the ids of those whose role, visibility or teams became different
# team, heir (a team, a member or None), by: the team is about to be deleted. Receivers hand over what nobody else would
# see, and return how much that was; they raise Refused when there is no heir to it.
team_ending = Signal()
availability_changed = Signal()  # member: whether rules give them work
