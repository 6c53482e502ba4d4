"""One worker process for the tests that kill and freeze workers: runs one turn of a channel, then ends."""

import os
import sys
from uuid import UUID

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
    django.setup()
    from inbox.delivery import runner  # after setup(), which models need

    runner.run(UUID(sys.argv[1]), UUID(sys.argv[2]))
