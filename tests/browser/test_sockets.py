"""The page's socket, with the line of a laptop that sleeps and wakes: one at a time, and each hint heard once."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)

# Sockets that do what the test says: opened, ended and spoken to by hand.
SOCKETS = """
    window.sockets = [];
    window.WebSocket = class extends EventTarget {
        static CONNECTING = 0; static OPEN = 1; static CLOSING = 2; static CLOSED = 3;
        readyState = 0;
        constructor() { super(); sockets.push(this); }
        send() { if (this.readyState === 0) throw new Error("sent before it was open"); }
        close() { if (this.readyState < 2) this.readyState = 2; }
        tell(event) { this[`on${event.type}`]?.(event); this.dispatchEvent(event); }
        begin() { this.readyState = 1; this.tell(new Event("open")); }
        end() { this.readyState = 3; this.tell(new CloseEvent("close")); }
        say(hint) { this.tell(new MessageEvent("message", { data: JSON.stringify(hint) })); }
    };
"""
ONLINE, OFFLINE = "dispatchEvent(new Event('online'))", "dispatchEvent(new Event('offline'))"


def test_a_line_that_comes_back_has_one_socket_and_hears_each_hint_once(desk):
    page = desk.sit_down("/accounts/login/")
    page.add_init_script(SOCKETS)
    page.goto(desk.address)
    states = "[...sockets].map((each) => each.readyState)"
    page.evaluate(
        """() => {
            window.told = {hinted: 0, unlinked: 0, linked: 0};
            for (const name in told) document.addEventListener(name, () => told[name]++);
        }"""
    )
    page.evaluate(ONLINE)  # while the first is still connecting
    assert page.evaluate(states) == [2, 0]
    page.evaluate("sockets[0].readyState = 0, sockets[0].tell(new Event('open'))")  # too late
    page.evaluate("sockets[1].begin()")
    page.evaluate("sockets[1].close()")  # the line is dead: nobody answers that it is closed
    page.evaluate(ONLINE)
    page.evaluate("sockets[2].begin()")
    page.evaluate("sockets[0].end(), sockets[1].end()")

    assert page.evaluate("told") == {"hinted": 0, "unlinked": 0, "linked": 2}
    page.evaluate("for (const each of sockets) each.say({seq: 1e9, topics: ['conversation-0']})")
    assert page.evaluate("told.hinted") == 1
    assert page.evaluate(states) == [3, 3, 1]

    page.evaluate(OFFLINE)
    expect(page.get_by_text("No connection.", exact=False)).to_be_visible()
    page.evaluate(ONLINE)  # the open socket may be dead without knowing it
    page.evaluate("sockets[3].begin()")
    expect(page.get_by_text("No connection.", exact=False)).to_be_hidden()
    assert page.evaluate(states) == [3, 3, 2, 1]
