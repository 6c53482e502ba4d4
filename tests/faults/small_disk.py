"""A disk for Postgres that a test can fill: a tmpfs in a mount namespace of the server's own. Needs no rights."""

import ctypes
import os
import shutil
import signal
from pathlib import Path

from clinic_inbox.local.children import LINUX, popen_options
from clinic_inbox.local.servers import Postgres

CLONE_NEWNS = 0x00020000
MEGABYTES = 160
PIECE = bytes(1024 * 1024)
# It sees the small disk, empty, where the data folder was.
WRAPPER = '#!/bin/sh\ncp -a "{kept}/." "{data}/" && exec "{program}" "$@"\n'


def move_to_small_disk(server: Postgres) -> None:
    """Start a server anew with its data on a small disk. Raises OSError where that is not allowed.

    The disk is gone with its server: what ends that ends the data too.
    """
    if not LINUX or server.mode == "drop":
        raise OSError("no namespaces here")
    server.stop()
    kept, programs = server.root / "kept", server.root / "programs"
    shutil.copytree(server.data, kept, symlinks=True)
    programs.mkdir()
    wrapper = programs / "postgres"
    wrapper.write_text(WRAPPER.format(kept=kept, data=server.data, program=server.programs / "postgres"))
    wrapper.chmod(0o700)
    enter = popen_options("userns", signal.SIGINT)["preexec_fn"]
    server.programs, server.options = programs, {"preexec_fn": lambda: _mount(enter, server.data)}
    try:
        server.start()
    except SystemExit as error:
        raise OSError(str(error)) from error


def _mount(enter, folder: Path) -> None:
    enter()
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"size={MEGABYTES}m,mode=0700".encode()
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, options):
        raise OSError(ctypes.get_errno(), "mount")


def fill(server: Postgres) -> None:
    """Nothing more fits."""
    ballast = os.open(_ballast(server), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        piece = PIECE
        while piece:
            try:
                os.write(ballast, piece)
            except OSError:
                piece = piece[: len(piece) // 2] if len(piece) > 4096 else b""
    finally:
        os.close(ballast)


def free(server: Postgres) -> None:
    _ballast(server).unlink()


def _ballast(server: Postgres) -> Path:
    return Path(f"/proc/{server.process.pid}/root{server.data}/ballast")
