"""Two agents in two browsers: they see each other, do not answer past each other, and lose no word."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from inbox.models import KeptDraft
from inbox.operations.handling import add_note
from tests.browser.desk import open_thread
from tests.factories import make_member

pytestmark = pytest.mark.django_db(transaction=True)

FIELD = "[data-composer-text]"
PEOPLE = "[data-people]"
WAIT = 20_000  # milliseconds, at most


class Line:
    """The way between one page and the server, which can be cut and mended."""

    def __init__(self, page):
        self.page, self.is_dead, self.sockets = page, False, []
        page.route_web_socket("**/ws/", self._connect)
        page.reload()

    def _connect(self, socket):
        if self.is_dead:
            return socket.close()
        self.sockets.append((socket, socket.connect_to_server()))

    def cut(self):
        self.is_dead = True
        self.page.context.set_offline(True)
        for ends in self.sockets:
            for end in ends:
                end.close()
        self.sockets.clear()

    def mend(self):
        self.is_dead = False
        self.page.context.set_offline(False)


@pytest.fixture
def bea(desk):
    with clinic_scope(desk.clinic.pk):
        return make_member("Bea Agent")


def sit_down(desk, member=None, **options):
    """A window of the desk's own member, or of another one of the clinic."""
    own = desk.person
    desk.person = member.user if member else own
    page = desk.sit_down(**options)
    desk.person = own
    return page


def bubbles(page, text):
    return page.locator(".message", has_text=text)


def wait_for_draft(page, desk, words):
    """The server has it."""
    for _try in range(200):
        with clinic_scope(desk.clinic.pk):
            if KeptDraft.objects.filter(text=words).exists():
                return
        page.wait_for_timeout(50)


def test_two_agents_see_each_other_and_what_each_does(desk, bea):
    ada, other = sit_down(desk), sit_down(desk, bea)
    open_thread(ada, "Nora")
    open_thread(other, "Nora")
    expect(ada.locator(PEOPLE)).to_have_text("Bea Agent is reading", timeout=WAIT)
    expect(other.locator(PEOPLE)).to_have_text("Ada Agent is reading", timeout=WAIT)
    expect(ada.locator("#head [data-faces]")).to_have_text("BA")

    other.locator(FIELD).press_sequentially("At ")
    expect(ada.locator(PEOPLE)).to_have_text("Bea Agent is writing an answer", timeout=WAIT)
    other.locator("#head").click()
    other.keyboard.press("a")
    expect(ada.locator("#assign-button")).to_contain_text("Bea Agent", timeout=WAIT)
    expect(ada.locator("#head [data-faces]")).to_have_text("BA")  # a new head shows them too
    ada.locator(FIELD).fill("I have it")
    expect(ada.locator("[data-line-held]")).to_contain_text("Bea Agent looks after this conversation.")
    ada.get_by_role("button", name="Take it over").click()
    expect(other.locator("#assign-button")).to_contain_text("Ada Agent", timeout=WAIT)
    expect(ada.locator("[data-line-held]")).to_be_hidden()

    open_thread(other, "Otto")
    expect(ada.locator(PEOPLE)).to_have_text("", timeout=WAIT)
    expect(ada.locator("#head [data-faces]")).to_be_hidden()


def test_nobody_answers_past_what_their_page_has_not_shown(desk, bea):
    ada, other = sit_down(desk), sit_down(desk, bea)
    open_thread(ada, "Nora")
    open_thread(other, "Nora")
    ada.route("**/news/", lambda route: route.abort())  # her page is slow to hear
    other.fill(FIELD, "At ten")
    other.keyboard.press("Enter")
    expect(other.locator(".message.is-out[id]")).to_contain_text("At ten")

    ada.fill(FIELD, "At eleven")
    ada.keyboard.press("Enter")
    question = ada.locator(".failure[data-stale]")
    expect(question).to_contain_text("Bea Agent has written something you have not seen yet.")
    assert sorted(desk.sent()) == ["At ten"]
    ada.unroute("**/news/")
    expect(bubbles(ada, "At ten")).to_be_visible(timeout=WAIT)
    question.get_by_role("button", name="Edit").click()
    expect(ada.locator(FIELD)).to_have_value("At eleven")
    expect(bubbles(ada, "At eleven")).to_have_count(0)

    ada.route("**/news/", lambda route: route.abort())
    desk.write_as_patient(desk.threads[0], "Neither, please")
    ada.keyboard.press("Enter")
    expect(question).to_contain_text("The patient has written something you have not seen yet.")
    ada.unroute("**/news/")
    expect(bubbles(ada, "Neither, please")).to_be_visible(timeout=WAIT)
    question.get_by_role("button", name="Send anyway").click()
    expect(ada.locator(".message.is-out[id]", has_text="At eleven")).to_have_count(1)
    expect(ada.locator(".is-pending")).to_have_count(0)
    assert sorted(desk.sent()) == ["At eleven", "At ten"]


def test_a_minute_without_the_network_misses_and_doubles_nothing(desk, bea):
    ada, other = sit_down(desk), sit_down(desk, bea)
    line = Line(ada)
    open_thread(ada, "Nora")
    open_thread(other, "Nora")
    expect(other.locator(PEOPLE)).to_have_text("Ada Agent is reading", timeout=WAIT)
    line.cut()
    expect(ada.get_by_text("No connection.", exact=False)).to_be_visible(timeout=WAIT)
    expect(ada.locator(PEOPLE)).to_have_text("")  # she cannot know
    expect(other.locator(PEOPLE)).to_have_text("", timeout=WAIT)

    ada.fill(FIELD, "Written in the lift")
    ada.keyboard.press("Enter")
    ada.locator(FIELD).press_sequentially("And half")
    expect(ada.locator(".is-pending .failure")).to_contain_text("Not sent yet")
    desk.write_as_patient(desk.threads[0], "Are you there?")
    expect(bubbles(other, "Are you there?")).to_be_visible(timeout=WAIT)
    other.fill(FIELD, "We are")
    other.keyboard.press("Enter")
    expect(other.locator(".message.is-out[id]")).to_contain_text("We are")
    line.mend()

    question = ada.locator(".failure[data-stale]")
    expect(question).to_contain_text("The patient has written", timeout=WAIT)
    for text in ("Are you there?", "We are"):
        expect(bubbles(ada, text)).to_have_count(1, timeout=WAIT)
    assert sorted(desk.sent()) == ["We are"]
    question.get_by_role("button", name="Send anyway").click()
    for page in (ada, other):
        expect(page.locator(".message.is-out[id]", has_text="Written in the lift")).to_have_count(
            1, timeout=WAIT
        )
    expect(ada.locator(FIELD)).to_have_value("And half")
    assert sorted(desk.sent()) == ["We are", "Written in the lift"]


def test_a_draft_is_on_every_device_and_two_of_them_lose_nothing(desk):
    ada, phone = sit_down(desk), sit_down(desk, viewport={"width": 390, "height": 844})
    open_thread(ada, "Nora")
    ada.fill(FIELD, "Half a sentence")
    chip = phone.locator(".row", has_text="Nora").locator("[data-draft]")
    expect(chip).to_be_visible(timeout=WAIT)
    phone.reload()
    expect(chip).to_be_visible()
    open_thread(phone, "Nora")
    expect(phone.locator(FIELD)).to_have_value("Half a sentence")
    phone.fill(FIELD, "Half a sentence, and more")
    expect(ada.locator(FIELD)).to_have_value("Half a sentence, and more", timeout=WAIT)

    phone.context.set_offline(True)
    phone.fill(FIELD, "From the phone")
    ada.fill(FIELD, "From the desk")
    expect(ada.locator(".row", has_text="Otto")).to_be_visible()
    with ada.expect_response(lambda answer: answer.url.endswith("/draft/") and answer.ok):
        pass
    phone.context.set_offline(False)
    phone.reload()  # the browser was closed meanwhile; what it had written is still on it

    expect(phone.locator("[data-other-text]")).to_have_text("From the desk", timeout=WAIT)
    expect(phone.locator(FIELD)).to_have_value("From the phone")
    phone.get_by_role("button", name="Put it before mine").click()
    expect(ada.locator(FIELD)).to_have_value("From the desk\nFrom the phone", timeout=WAIT)
    ada.locator(FIELD).press("Enter")
    expect(phone.locator(FIELD)).to_have_value("", timeout=WAIT)
    assert sorted(desk.sent()) == ["From the desk\nFrom the phone"]


def test_what_a_draft_quoted_leaves_every_device_with_it(desk, bea):
    with clinic_scope(desk.clinic.pk):
        note = add_note(desk.threads[0], "Is it new?", author=bea, client_id=str(uuid4()))
    path = f"/conversations/{desk.threads[0].pk}/?message={note.pk}"
    ada = sit_down(desk, path=path)
    quoted = "[data-reply-bar]"
    for begin, words in (("[data-answer]", "Since Monday"), ("[data-reply]", "Yes")):
        ada.locator(begin).first.evaluate("(button) => button.click()")
        ada.fill(FIELD, words)
        wait_for_draft(ada, desk, words)
    phone = sit_down(desk, path=path, viewport={"width": 390, "height": 844})
    expect(phone.locator(FIELD)).to_have_value("Yes")
    expect(phone.locator(quoted)).to_contain_text("Hello from Nora")
    phone.locator("[data-mode-button=note]").click()
    expect(phone.locator(quoted)).to_contain_text("Is it new?")
    phone.locator("[data-mode-button=reply]").click()

    ada.locator(FIELD).press("Enter")
    ada.locator("[data-mode-button=note]").click()
    expect(ada.locator(FIELD)).to_have_value("Since Monday")
    ada.locator(FIELD).press("Enter")
    expect(phone.locator(FIELD)).to_have_value("", timeout=WAIT)
    expect(phone.locator(quoted)).to_be_hidden()
    expect(phone.locator(".answer")).to_contain_text("Since Monday", timeout=WAIT)
    phone.locator("[data-mode-button=note]").click()

    expect(phone.locator(FIELD)).to_have_value("", timeout=WAIT)
    expect(phone.locator(quoted)).to_be_hidden()
