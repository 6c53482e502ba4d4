"""Many management commands in one process: starting one takes a second, and twenty clinics need forty of them.

`python -m bench.commands` reads a JSON list of commands, each a list of words, and prints the list of their answers.
"""

import io
import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
django.setup()

from django.core.management import call_command  # noqa: E402


def answer(words: list[str]) -> dict:
    """What a command printed."""
    output = io.StringIO()
    call_command(*words, stdout=output)
    return json.loads(output.getvalue())


if __name__ == "__main__":
    print(json.dumps([answer(words) for words in json.load(sys.stdin)]))
