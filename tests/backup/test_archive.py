"""A backup whose parts lead elsewhere is refused, though only who has the key could make one."""

import hashlib
import io
import tarfile

import pytest

from clinic_inbox.backup import archive
from clinic_inbox.backup.sealed import Writer
from tests.backup.test_sealed import KEY


def made_of(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    sealed = Writer(file, KEY)
    with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        archive._add(tar, archive.FACTS, b"{}")
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    sealed.finish()
    file.seek(0)
    return file


def named(name: str, content: bytes = b"", **facts) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(archive.MEDIA + name)
    member.pax_headers = {archive.DIGEST: hashlib.sha256(content).hexdigest()}
    for key, value in facts.items():
        setattr(member, key, value)
    return member, content


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "/tmp/outside-of-the-folder"])
def test_a_file_is_put_below_its_folder_or_nowhere(tmp_path, name):
    contents = archive.Contents(made_of(named(name, b"x")), KEY)

    with pytest.raises(archive.Damaged, match="elsewhere"):
        contents.files(tmp_path / "media")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_a_link_or_a_folder_is_no_file(tmp_path, kind):
    with pytest.raises(archive.Damaged, match="no file"):
        archive.Contents(made_of(named("a/b", type=kind, linkname="/etc/passwd")), KEY)


def test_a_file_is_not_written_over_another(tmp_path):
    contents = archive.Contents(made_of(named("a", b"one"), named("a", b"two")), KEY)

    with pytest.raises(FileExistsError):
        contents.files(tmp_path)
