"""A member's screens without a browser: kept up to date by hints as live.js does, or drawn afresh."""

import re

from tests.inbox.screens import HTMX

PART = re.compile(r'(?=<li id="(?:row|message)-)')
NAMED = re.compile(r'<li id="([^"]+)"')
AT = re.compile(r'data-at="([^"]+)"')
# What changes with the clock alone.
TICKING = re.compile(r"<span data-(?:ago|left)>[^<]*</span>|stroke-dasharray=\"[^\"]*\"|\s+")
ONCE = re.compile(r'<li id="(?:unread-line|older|beginning|no-messages)".*?</li>', re.DOTALL)


class Screens:
    """The list of one view, and one open conversation."""

    def __init__(self, browser, view: str, conversation):
        self.browser, self.view, self.conversation = browser, view, str(conversation)
        self.reload()

    def reload(self) -> None:
        """As when the page is opened."""
        self.rows = parts(self._get(f"/conversations/?view={self.view}"))
        thread = self._get(f"/conversations/{self.conversation}/?view={self.view}")
        self.bubbles = parts(thread[thread.index('<ol id="messages"') : thread.index("data-to-latest")])

    def hear(self, topics: list[str]) -> None:
        """Fetch what the hint names, and put it where it belongs."""
        ids = [topic.removeprefix("conversation-") for topic in topics if topic.startswith("conversation-")]
        if not ids:
            return
        fresh = parts(self._get(f"/conversations/rows/?view={self.view}&ids={','.join(ids)}"))
        for each in ids:
            self.rows.pop(f"row-{each}", None)
        self.rows |= fresh
        if self.conversation in ids:
            self.bubbles |= parts(self._get(f"/conversations/{self.conversation}/news/"))

    def shown(self) -> tuple[dict, dict]:
        """All there is to see: rows by their time, bubbles by name."""
        rows = sorted(self.rows.items(), key=lambda row: (AT.search(row[1])[1], row[0]), reverse=True)
        return dict(rows), self.bubbles

    def _get(self, url: str) -> str:
        answer = self.browser.get(url, headers=HTMX)
        assert answer.status_code == 200, url
        return answer.content.decode()


def parts(page: str) -> dict[str, str]:
    """The rows or bubbles of a page by their names, without what the clock changes and what is shown once."""
    found = {}
    for part in PART.split(page)[1:]:
        text = ONCE.sub("", part[: part.rindex("</li>") + 5])
        found[NAMED.match(part)[1]] = TICKING.sub(" ", text).strip()
    return found
