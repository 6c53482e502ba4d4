"""News for the apps above. Sent inside the transaction; receivers only record work to do."""

from django.dispatch import Signal

channel_connected = Signal()  # channel
