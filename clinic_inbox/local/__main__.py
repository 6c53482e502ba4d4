"""The commands of ./dev, once .venv is there."""

import argparse
import sys
from pathlib import Path

from clinic_inbox import translations
from clinic_inbox.local import commands, folder
from clinic_inbox.local.up import up


def main() -> int:
    command, *rest = sys.argv[1:]
    translations.compile_all()
    if command == "up":
        options = _up_options().parse_args(rest)
        return up(options.data.resolve(), options.port)
    return getattr(commands, command)(rest)


def _up_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev up")
    parser.add_argument("--port", type=int, default=8000, help="the next free one is used if it is taken")
    parser.add_argument("--data", type=Path, default=folder.DEFAULT, help="where everything is kept")
    return parser


sys.exit(main())
