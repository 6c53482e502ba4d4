"""The encrypted stream: whatever is done to it is seen, and nothing can be read in it."""

import io
import os

import pytest

from clinic_inbox.backup.sealed import CHUNK, Damaged, NoKey, Reader, Writer, keys

KEY = "one:YmFja3VwLXRlc3Qta2V5LW5vdC1hLXNlY3JldC0wMDA="
OTHER = "one:YmFja3VwLXRlc3Qta2V5LW90aGVyLXNlY3JldC0wMDA="
HEAD = 22 + 1 + 3 + 32
SEALED = 4 + CHUNK + 16


def seal(plain: bytes, spec=KEY) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, spec)
    writer.write(plain)
    writer.finish()
    return file.getvalue()


def read(data: bytes, spec=KEY) -> bytes:
    reader = Reader(io.BytesIO(data), spec)
    plain = reader.read(len(data))
    reader.finish()
    return plain


@pytest.fixture(scope="module")
def three_chunks():
    return seal(b"\0" * (3 * CHUNK))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_was_written_is_read_again(size):
    plain = os.urandom(size)

    assert read(seal(plain)) == plain


def test_a_file_says_nothing_of_what_it_holds():
    plain = b"Nora Example asks about her visit"

    assert plain[:12] not in seal(plain)
    assert seal(plain)[HEAD:] != seal(plain)[HEAD:]


def test_a_flipped_bit_anywhere_is_seen():
    whole = seal(b"a visit at ten")
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(Damaged):
            read(bytes(changed))


def test_an_end_cut_off_anywhere_is_seen():
    whole = seal(b"a visit at ten")
    for length in range(len(whole)):
        with pytest.raises(Damaged):
            read(whole[:length])


def test_chunks_cut_off_swapped_doubled_or_put_behind_are_seen(three_chunks):
    head, first, second, last = (
        three_chunks[:HEAD],
        three_chunks[HEAD : HEAD + SEALED],
        three_chunks[HEAD + SEALED : HEAD + 2 * SEALED],
        three_chunks[HEAD + 2 * SEALED :],
    )
    assert len(read(head + first + second + last)) == 3 * CHUNK
    for order in [
        (first, second),
        (second, first, last),
        (first, last),
        (first, first, second, last),
        (first, second, last, last),
        (last,),
    ]:
        with pytest.raises(Damaged):
            read(head + b"".join(order))


def test_chunks_of_another_file_under_the_same_key_do_not_fit():
    one, other = seal(b"one"), seal(b"two")

    with pytest.raises(Damaged):
        read(one[:HEAD] + other[HEAD:])


@pytest.mark.parametrize("spec", [OTHER, OTHER.replace("one", "two")])
def test_another_key_opens_nothing(spec):
    with pytest.raises(Damaged):
        read(seal(b"a visit at ten"), spec)


def test_an_earlier_key_is_still_good_for_reading():
    assert read(seal(b"a visit"), OTHER.replace("one", "two") + "," + KEY) == b"a visit"


@pytest.mark.parametrize(
    "spec", ["", "one", "one:", "one:short", "one:c2hvcnQ=", ":" + KEY.partition(":")[2]]
)
def test_what_is_no_key_is_refused(spec):
    with pytest.raises(NoKey, match="BACKUP_KEY"):
        keys(spec)
