"""News for the apps above. Sent inside the transaction; receivers only record work to do."""

from django.dispatch import Signal

sight_changed = Signal()  # members: the ids of those whose role, visibility or teams became different
availability_changed = Signal()  # member: whether rules give them work
