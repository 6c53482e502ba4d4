"""What is in a backup and in which order: the facts, the dump in parts, the files with their digests, a last word.

A tar stream within the sealed one, so that `tar` reads what was decrypted, and nothing needs to be kept on a disk.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from .sealed import CHUNK, Damaged, Reader, Writer

FACTS, DUMP, MEDIA, LAST = "facts.json", "database/", "media/", "last.json"
DIGEST = "CLINIC.sha256"


def write(file: BinaryIO, spec: str, *, facts: bytes, dump: Iterable[bytes], media: Path) -> dict:
    """Write the whole archive; returns {"files", "bytes"} of the media it holds."""
    sealed = Writer(file, spec)
    with tarfile.open(fileobj=sealed, mode="w|", bufsize=CHUNK, format=tarfile.PAX_FORMAT) as tar:
        _add(tar, FACTS, facts)
        for number, part in enumerate(dump, 1):
            _add(tar, f"{DUMP}{number:06}", part)
        told = {"files": 0, "bytes": 0}
        for path in _files(media):
            size = _add_file(tar, media, path)
            told = {"files": told["files"] + (size is not None), "bytes": told["bytes"] + (size or 0)}
        _add(tar, LAST, json.dumps(told).encode())
    sealed.finish()
    return told


def check(file: BinaryIO, spec: str) -> None:
    """Read all of it. Raises Damaged for anything that is not as it was written."""
    Reader(file, spec).finish()


class Contents:
    """A backup while it is read, once and in order: `facts`, then dump(), then files()."""

    def __init__(self, file: BinaryIO, spec: str):
        self.sealed = Reader(file, spec)
        self.tar = tarfile.open(fileobj=self.sealed, mode="r|", bufsize=CHUNK)  # noqa: SIM115
        self.facts = json.loads(self._read(self._next(FACTS)))
        self.member = self._next()

    def dump(self) -> Iterator[bytes]:
        while self.member.name.startswith(DUMP):
            yield self._read(self.member)
            self.member = self._next()

    def files(self, target: Path | None = None) -> dict:
        """Check each file against its digest, and put it below `target` when there is one; then the archive's end.

        Returns {"files", "bytes"}. Raises Damaged.
        """
        told = {"files": 0, "bytes": 0}
        while self.member.name.startswith(MEDIA):
            self._unpack(target)
            told = {"files": told["files"] + 1, "bytes": told["bytes"] + self.member.size}
            self.member = self._next()
        if self.member.name != LAST or json.loads(self._read(self.member)) != told:
            raise Damaged("the number of files is not what was written")
        self.sealed.finish()
        if target:
            os.sync()  # "restored" means on the disk
        return told

    def _unpack(self, target: Path | None) -> None:
        digest, content = hashlib.sha256(), self.tar.extractfile(self.member)
        path = target and _below(target, self.member.name.removeprefix(MEDIA))
        with open(path, "xb", opener=_private) if path else open(os.devnull, "wb") as copy:
            while part := content.read(CHUNK):
                digest.update(part)
                copy.write(part)
        if digest.hexdigest() != self.member.pax_headers.get(DIGEST):
            raise Damaged("a file is not what its digest says")

    def _next(self, name: str = "") -> tarfile.TarInfo:
        try:
            member = self.tar.next()
        except tarfile.TarError:
            member = None
        if member is None or name not in ("", member.name):
            raise Damaged("a part is missing")
        if not member.isreg():
            raise Damaged("a part is no file")  # a link could lead anywhere
        return member

    def _read(self, member: tarfile.TarInfo) -> bytes:
        return self.tar.extractfile(member).read()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _add_file(tar: tarfile.TarFile, media: Path, path: Path) -> int | None:
    """Its size; None when it was deleted meanwhile. Read twice, since the digest goes before the content."""
    try:
        with path.open("rb") as content:
            member = tarfile.TarInfo(MEDIA + path.relative_to(media).as_posix())
            member.pax_headers = {DIGEST: hashlib.file_digest(content, "sha256").hexdigest()}
            member.size = content.tell()
            content.seek(0)
            tar.addfile(member, content)
    except FileNotFoundError:
        return None
    return member.size


def _files(media: Path) -> Iterator[Path]:
    for folder, _folders, names in os.walk(media):
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _below(target: Path, name: str) -> Path:
    path = (target / name).resolve()
    if not path.is_relative_to(target.resolve()):
        raise Damaged("a file would be put elsewhere")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in reversed(path.relative_to(target.resolve()).parents):
        # One by one: `parents` would leave all but the last open to everybody.
        (target / folder).mkdir(exist_ok=True, mode=0o700)
    return path


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
