"""The data folder of one ./dev up: its lock, its secrets, and where the running one can be reached."""

import base64
import fcntl
import hashlib
import json
import os
import secrets
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
DEFAULT = HOME / "var"


class AlreadyRunning(Exception):
    """Another ./dev works on this folder. `run` is what it has told about itself."""

    def __init__(self, run: dict):
        super().__init__(run.get("address", "still starting"))
        self.run = run


def open_folder(path: Path) -> int:
    """Make the folder if need be and take its lock, held until this process ends. Raises AlreadyRunning."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise SystemExit(
            f"{error.filename} cannot be written: choose another folder with --data DIR"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise AlreadyRunning(read(path / "run.json")) from None
    return lock


def read(file: Path) -> dict:
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError):
        return {}


def write_private(file: Path, content: dict) -> None:
    """Replace the file in one step, readable by us only."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(content, stream, indent=1)
    new.replace(file)


def local_secrets(path: Path) -> dict[str, str]:
    """Passwords and keys of this folder, made at its first start."""
    file = path / "secrets.json"
    known = read(file)
    made = {name: secrets.token_hex(24) for name in ("superuser", "owner", "app", "valkey")}
    made["secret_key"] = secrets.token_urlsafe(50)
    made["key_ring"] = "local:" + base64.b64encode(secrets.token_bytes(32)).decode()
    made["backup_key"] = "local:" + base64.b64encode(secrets.token_bytes(32)).decode()
    made["push_key"] = base64.b64encode(secrets.token_bytes(32)).decode()
    if made.keys() - known.keys():
        write_private(file, made | known)
    return made | known


def fingerprint_of_migrations() -> str:
    """Changes when a migration, a locked package or the set-up of the roles does."""
    files = [
        *HOME.glob("*/migrations/*.py"),
        HOME / "requirements.lock",
        HOME / "clinic_inbox/local/roles.py",
    ]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(HOME)).encode() + file.read_bytes())
    return digest.hexdigest()
