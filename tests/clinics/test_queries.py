from datetime import UTC, datetime

import pytest

from clinics.queries import BACKUP_STAMP, last_backup_at


@pytest.fixture
def stamp(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / BACKUP_STAMP


def test_the_last_backup_is_the_one_of_the_stamp(stamp):
    stamp.write_text('{"at": "2026-11-25T03:00:00+00:00"}')

    assert last_backup_at() == datetime(2026, 11, 25, 3, tzinfo=UTC)


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"at": "yesterday"}', '{"at": 5}'])
def test_without_a_stamp_that_can_be_read_there_is_no_backup(stamp, text):
    if text is not None:
        stamp.write_text(text)

    assert last_backup_at() is None
