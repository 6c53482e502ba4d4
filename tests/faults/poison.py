"""Webhooks that mean harm or make no sense: real payloads damaged in one place, and bodies that are odd altogether."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from tests.inbox.payloads import change, person, status, text_message, webhook
from tests.integrations.test_parse_fuzz import paths, replaced

PAYLOADS = Path(__file__).parents[1] / "integrations" / "payloads"
CANARY = "canary3e9b"  # part of every poisoned text: must not come out of any log
MISSING = object()
# What may stand in any place instead of what belongs there.
WRONG = {
    "missing": MISSING,
    "null": None,
    "true": True,
    "number": -1,
    "huge": 10**400,
    "fraction": 1.5,
    "text": f"{CANARY} \0 \ud800 \u202e \x1b[31m\r\n",
    "long": CANARY + "x" * 20_000,
    "list": [],
    "nested list": [[[CANARY]]],
    "object": {},
    "odd object": {CANARY: {"id": [CANARY]}},
}
TEXTS = {
    "nul": "a\0b",
    "lone surrogates": "\ud800 \udc00x",
    "right to left": "\u202egnp.exe \u2066x",
    "zero width": "\u200b\u200d\ufeff" * 300,
    "65,536 emoji": "\N{GRINNING FACE}" * 65_536,
    "zalgo": "Z" + "\u0351\u0489" * 3000,
    "format": "%00 %s %(x)s {0} ${x} {{ 7|add:7 }} {% debug %}",
    "ansi": "\x1b[31mred\x1b[0m\x07\x9b2J",
    "new lines": '\r\n{"event":"forged","level":"critical"}\r\n\u2028\u2029\x85',
    "quotes": "'\"`;-- ' OR 1=1 \\",
    "script": "<script>window.__xss=1</script><img src=x onerror=alert(1)>",
    "link": "javascript:alert(1) http://[::1 https://x/%00",
    "formula": '=HYPERLINK("http://x";"y")',
    "traversal": "../../../etc/passwd",
    "device": "CON",
    "double ending": "x.pdf.exe",
    "nul in a name": "a\0.png",
    "300 letters": "n" * 300,
    "10,000 letters": "n" * 10_000,
    "blank": " \t ",
}
TIMES = [
    "0",
    "-5",
    "253402300799",
    1_795_000_000_000,
    1_795_000_000.5,
    "yesterday",
    None,
    True,
    10**30,
    "9" * 400,
]
TIMES += [[], {}, "", "1e9", "\u0661\u0667", "nan", "-inf"]
IDENTS = ["w" * 10_000, "", "'\"><\\", 17, None, [], {"id": "x"}, "\0", "wamid.\ud800", 10**400, True, 1.5]


def damaged(channel) -> Iterator[tuple[str, bytes]]:
    """(what was done, body): each place of each payload file, with everything that may stand there instead."""
    for path in sorted(PAYLOADS.glob("*.json")):
        tree = addressed(json.loads(path.read_text())["webhook"], channel)
        for place in paths(tree):
            for name, value in WRONG.items():
                if place or value is not MISSING:
                    yield f"{path.stem} {'.'.join(map(str, place))} {name}", (tree, place, value)


def body_of(recipe: tuple, channel, number: int) -> tuple[bytes, str]:
    """The body of one damaged payload, and the id of a sound message that came with it ("" where nothing can)."""
    tree, place, value = recipe
    # Ids of their own, else what another body told already would hide what this one does.
    tree = renamed(tree, number)
    tree = without(tree, place) if value is MISSING else replaced(tree, place, value)
    wamid = ""
    if isinstance(tree, dict) and isinstance(tree.get("entry"), list) and tree.get("object") == OBJECT:
        wamid = f"wamid.sound{number}"
        sound = json.loads(
            webhook(channel, contacts=[person()], messages=[text_message("sound", wamid=wamid)])
        )
        tree = tree | {"entry": tree["entry"] + sound["entry"]}
    return json.dumps(tree).encode(), wamid


OBJECT = "whatsapp_business_account"


def addressed(tree, channel):
    """The payload as told to this channel."""
    said = json.dumps(tree)
    for number in ("100000000000001", "100000000000002"):
        said = said.replace(number, channel.external_id)
    for account in ("200000000000001", "200000000000002"):
        said = said.replace(account, channel.business_id)
    return json.loads(said)


def renamed(tree, number: int):
    return json.loads(json.dumps(tree).replace('"wamid.', f'"wamid.{number}.'))


def without(tree, place: tuple):
    """A copy without the key or item at `place`."""
    *parents, last = place
    home = tree
    for step in parents:
        home = home[step]
    if isinstance(home, dict):
        smaller = {key: item for key, item in home.items() if key != last}
    else:
        smaller = [item for at, item in enumerate(home) if at != last]
    return replaced(tree, tuple(parents), smaller)


def odd_messages(chance) -> Iterator[dict]:
    """Messages of every kind whose words, names, times and ids are poison."""
    for name, text in TEXTS.items():
        text = f"{text}{CANARY}"
        yield text_message(text)
        for kind, part in parts_with(text):
            yield {**bare(), "type": kind, kind: part}
        yield {**bare(), "type": text, text: {"body": text}}
        yield text_message(f"the context of {name}", context={"id": text, "from": text})
    for at in TIMES:
        yield {**text_message(f"{CANARY} odd time"), "timestamp": at}
    for ident in IDENTS:
        yield {**text_message(f"{CANARY} odd id"), "id": ident}
        yield {**text_message(f"{CANARY} odd sender"), "from": ident}


def bare() -> dict:
    message = text_message()
    del message["text"]
    return message


def parts_with(text: str) -> Iterator[tuple[str, dict]]:
    text = text if len(text) < 20_000 else text[-20_000:]  # several times in one body, which ends at 3 MB
    file = {"id": text, "mime_type": text, "sha256": text, "caption": text, "filename": text}
    for kind in ("image", "document", "audio", "video", "sticker"):
        yield kind, file
    yield "location", {"latitude": 999, "longitude": text, "name": text, "address": text, "url": text}
    yield "button", {"text": text, "payload": text}
    yield "reaction", {"message_id": text, "emoji": text}
    yield "interactive", {"type": "button_reply", "button_reply": {"id": text, "title": text}}
    yield (
        "interactive",
        {"type": "list_reply", "list_reply": {"id": text, "title": text, "description": text}},
    )
    yield (
        "interactive",
        {"type": "nfm_reply", "nfm_reply": {"name": text, "response_json": text, "body": text}},
    )
    vcard = {
        "name": {"formatted_name": text},
        "phones": [{"phone": text, "wa_id": text}],
        "urls": [{"url": text}],
    }
    yield "contacts", [vcard]  # type: ignore[misc]
    yield "order", {"catalog_id": text, "text": text, "product_items": [{"product_retailer_id": text}]}
    yield "system", {"type": text, "body": text, "wa_id": text}


def odd_bodies(channel) -> dict[str, bytes]:
    """Whole bodies that are odd; none of them holds a message that must be kept."""
    good = webhook(channel, contacts=[person()], messages=[text_message(CANARY)])
    return {
        "nothing": b"",
        "object": b"{}",
        "list": b"[]",
        "null": b"null",
        "text": b'"x"',
        "blank": b"   ",
        "not json": CANARY.encode(),
        "not a number": b"NaN",
        "infinite": b"1e999",
        "half": good[: len(good) // 2],
        "two": good + good,
        "gzip": gzip.compress(good),
        "utf-16": good.decode().encode("utf-16"),
        "depth 10,000": b"[" * 10_000 + b"]" * 10_000,
        "depth 100,000, open": b'{"entry":[' * 100_000,
        "unknown object": good.replace(OBJECT.encode(), b"page"),
        "no changes": webhook(channel).replace(b'"changes": [', b'"changes": [], "x": ['),
        "a million digits": b'{"object":"whatsapp_business_account","entry":' + b"9" * 1_000_000 + b"}",
        "3 MB of brackets": b"[" * (3 * 1024 * 1024 - 1),
        "3 MB of one text": b'{"object":"' + b"x" * (3 * 1024 * 1024 - 20) + b'"}',
    }


def kept_bodies(channel) -> dict[str, tuple[bytes, int]]:
    """Bodies that are odd around sound messages, and how many of those must be kept."""

    def said(text, **fields) -> bytes:
        return webhook(channel, contacts=[person()], messages=[text_message(text)], **fields)

    thousand = [text_message(f"{CANARY} {number}") for number in range(999)]
    broken = {"id": ["x"], "type": {CANARY: 1}, "from": 10**400, "text": CANARY}
    one = {"contacts": [person()]}
    return {
        "byte order mark": (b"\xef\xbb\xbf" + said("bom"), 1),
        "invalid utf-8": (said("broken @@ letters").replace(b"@@", b"\xff\xfe\xc0\x80"), 1),
        "raw surrogates": (said("@@").replace(b"@@", b"\xed\xa0\x80"), 1),
        "not a number beside": (said("nan").replace(b'"metadata"', b'"x": NaN, "metadata"'), 1),
        "infinite beside": (
            said("inf").replace(b'"metadata"', b'"x": [1e999, -1e999, 1' + b"0" * 400 + b'], "metadata"'),
            1,
        ),
        "duplicate keys": (said("twice").replace(b'"object"', b'"object": "page", "object"'), 1),
        "deep beside": (
            said("deep").replace(b'"metadata"', b'"x": ' + b"[" * 10_000 + b"]" * 10_000 + b', "metadata"'),
            None,
        ),
        "one bad of 1,000": (
            webhook(channel, **one, messages=[*thousand[:500], broken, *thousand[500:]]),
            999,
        ),
        "1,000 changes": (
            webhook(
                channel, *(change(channel, **one, messages=[text_message("change")]) for _ in range(1000))
            ),
            1000,
        ),
        "1,000 statuses of nobody": (
            webhook(channel, statuses=[status(f"wamid.none{n}", "read") for n in range(1000)]),
            0,
        ),
        "a text of 2 MB": (said("n" * 2 * 1024 * 1024), 1),
        "unknown keys of 1 MB": (said("keys", **{f"k{n}": CANARY for n in range(40_000)}), 1),
    }
