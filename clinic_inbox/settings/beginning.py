"""How clinics begin: who may make one, and the Meta app through which they connect their numbers."""

import os

from django.core.exceptions import ImproperlyConfigured

_is_production = os.environ.get("CLINIC_ENV", "local") == "production"

# open: whoever has an e-mail address makes a clinic of their own. invite: the operator makes them (create_clinic).
SIGN_UP = os.environ.get("SIGN_UP", "invite" if _is_production else "open")
if SIGN_UP not in ("open", "invite"):
    raise ImproperlyConfigured(f"SIGN_UP is {SIGN_UP!r}: use open or invite")
SIGN_UPS_PER_DAY = int(os.environ.get("SIGN_UPS_PER_DAY", "100"))  # new clinics of the whole installation

# The operator's own Meta app, for Embedded Signup. Without it numbers are connected with a token.
META_APP_ID = os.environ.get("META_APP_ID", "")
META_APP_SECRET = os.environ.get("META_APP_SECRET", "")
META_CONFIG_ID = os.environ.get("META_CONFIG_ID", "")
if len({bool(META_APP_ID), bool(META_APP_SECRET), bool(META_CONFIG_ID)}) > 1:
    raise ImproperlyConfigured(
        "META_APP_ID, META_APP_SECRET and META_CONFIG_ID are set together or not at all"
    )
# Where numbers that come by Embedded Signup are: at Meta, or on a laptop at its stand-in.
_simulator = os.environ.get("SIMULATOR_URL", "").rstrip("/")
META_GRAPH_URL = f"{_simulator}/graph" if _simulator else "https://graph.facebook.com"
