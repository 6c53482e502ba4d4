#!/usr/bin/env python
"""Django's command line. `migrate` connects as the owner of the tables, everything else as the app's role."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
    if sys.argv[1:2] == ["migrate"] and "DATABASE_OWNER_URL" in os.environ:
        os.environ.setdefault("CLINIC_DB_ROLE", "owner")
    execute_from_command_line(sys.argv)
