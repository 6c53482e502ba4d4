"""How a child process is started: it dies with its parent, and Postgres never runs as root."""

import ctypes
import os
import platform
import pwd
import signal
import subprocess
from functools import partial
from pathlib import Path

LINUX = platform.system() == "Linux"
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


def die_with_parent(number: int) -> None:
    """Runs in the child before exec: the kernel sends it signal `number` when its parent ends, however it ends."""
    if LINUX:
        _libc.prctl(PR_SET_PDEATHSIG, number)


def launch_mode() -> str:
    """How Postgres, which refuses uid 0 and unknown uids, is started here.

    `plain` for an ordinary user; `userns` (a user namespace that shows us as an ordinary user) for root or a uid
    without a name; `drop` (become another user) for root where user namespaces are refused. PG_LAUNCH overrides.
    """
    if forced := os.environ.get("PG_LAUNCH"):
        return forced
    if os.geteuid() and _has_a_name(os.geteuid()):
        return "plain"
    if LINUX and _user_namespaces_work():
        return "userns"
    if os.geteuid():
        raise SystemExit(f"uid {os.geteuid()} has no /etc/passwd entry and user namespaces are off")
    return "drop"


def popen_options(mode: str, number: int) -> dict:
    """Keyword arguments for subprocess that start a child in `mode`, ended by signal `number` with its parent."""
    if mode == "userns":
        return {
            "preexec_fn": partial(_enter_user_namespace, ordinary_user(), os.geteuid(), os.getegid(), number)
        }
    options = {"preexec_fn": partial(die_with_parent, number)}
    if mode == "drop":
        user = ordinary_user()
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return options


def ordinary_user() -> pwd.struct_passwd:
    """A user without rights that every system has."""
    for name in ("postgres", "nobody", "daemon"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        if user.pw_uid:
            return user
    raise SystemExit("no unprivileged user in /etc/passwd to run Postgres as")


def everyone_may_enter(path: Path) -> bool:
    """Whether another user can reach this path, as below a 0700 home folder it cannot."""
    path = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _has_a_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _user_namespaces_work() -> bool:
    try:
        return subprocess.run(["/bin/true"], **popen_options("userns", signal.SIGINT)).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _enter_user_namespace(inside: pwd.struct_passwd, uid: int, gid: int, number: int) -> None:
    if _libc.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    maps = {"setgroups": "deny", "uid_map": f"{inside.pw_uid} {uid} 1", "gid_map": f"{inside.pw_gid} {gid} 1"}
    for name, text in maps.items():
        file = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(file, text.encode())
        os.close(file)
    die_with_parent(number)
