"""Which link brought a patient: the text it put into their field carries its code."""

import re

from ..models import EntryLink, EntryUse

CODE = re.compile(r"\(#([a-z2-9]{5})\)")


def count(rows: list) -> None:
    """Count among new inbound messages the conversations that a link has brought, each once per link."""
    found = {
        (match[1], row.channel_id, row.conversation_id)
        for row in rows
        if not (row.event.is_echo or row.event.is_history) and (match := CODE.search(row.event.text))
    }
    if not found:
        return
    links = EntryLink.objects.filter(code__in={code for code, _channel, _conversation in found})
    by_code = {(link.code, link.channel_id): link for link in links}
    EntryUse.objects.bulk_create(
        [
            EntryUse(link=by_code[code, channel_id], conversation_id=conversation_id)
            for code, channel_id, conversation_id in sorted(found, key=str)
            if (code, channel_id) in by_code
        ],
        ignore_conflicts=True,
    )
