"""Numbers are connected, looked at, paused and disconnected."""

from .checkups import note_checkup
from .numbers import (
    GRAPH_URL,
    WhatsAppNumber,
    absence_of,
    connect_whatsapp,
    disconnect,
    forget_previous_secret,
    is_last_of_account,
    note_leaving,
    pause,
    replace_access_token,
    resume,
    rotate_app_secret,
    webhook_path,
    webhook_url,
)

__all__ = [
    "GRAPH_URL",
    "WhatsAppNumber",
    "absence_of",
    "connect_whatsapp",
    "disconnect",
    "forget_previous_secret",
    "is_last_of_account",
    "note_checkup",
    "note_leaving",
    "pause",
    "replace_access_token",
    "resume",
    "rotate_app_secret",
    "webhook_path",
    "webhook_url",
]
