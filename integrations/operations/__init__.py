"""Numbers are connected, looked at, paused and disconnected."""

from .checkups import note_checkup
from .numbers import (
    GRAPH_URL,
    WhatsAppNumber,
    connect_whatsapp,
    disconnect,
    forget_previous_secret,
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
    "connect_whatsapp",
    "disconnect",
    "forget_previous_secret",
    "note_checkup",
    "pause",
    "replace_access_token",
    "resume",
    "rotate_app_secret",
    "webhook_path",
    "webhook_url",
]
