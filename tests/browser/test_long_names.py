"""Long names: read from their beginning in every list and head, and whole beside the thread."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from contacts.models import Contact
from inbox.models import Conversation
from tests.factories import make_member

pytestmark = pytest.mark.django_db(transaction=True)

ARABIC = "عبد الرحمن بن محمد آل مكتوم الهاشمي القرشي المقيم في أبوظبي"
LATIN = "Maria Magdalena Wilhelmina von Hohenzollern-Sigmaringen y Fernández de Córdoba"
# The element's first letter is before the eyes, inside each box that could cut it off.
BEGINS_IN_SIGHT = """each => {
    const range = document.createRange();
    range.setStart(each.firstChild, 0);
    range.setEnd(each.firstChild, 1);
    const letter = range.getBoundingClientRect();
    for (let box = each; box && !box.matches(".row, .head"); box = box.parentElement) {
        const { left, right } = box.getBoundingClientRect();
        if (letter.left < left - 1 || letter.right > right + 1) return false;
    }
    return letter.width > 0;
}"""
IS_WHOLE = "each => each.scrollWidth <= each.clientWidth && each.scrollHeight <= each.clientHeight + 1"

ARE_OFFERED = "all => all.map((each) => getComputedStyle(each).display !== 'none')"


def name(desk, thread, text):
    with clinic_scope(desk.clinic.pk):
        Contact.objects.filter(pk=thread.contact_id).update(name=text)


def test_a_name_is_cut_at_its_end_and_read_whole_in_the_panel(desk):
    for thread, text in zip(desk.threads, (ARABIC, LATIN), strict=False):
        name(desk, thread, text)
    page = desk.sit_down()

    for text in (ARABIC, LATIN):
        row = page.locator(".row-name > bdi", has_text=text)
        assert row.evaluate("each => each.scrollWidth > each.clientWidth")
        assert row.evaluate(BEGINS_IN_SIGHT)
        row.click()
        expect(page.locator(".head-name > bdi")).to_have_text(text)
        assert page.locator(".head-name > bdi").evaluate(BEGINS_IN_SIGHT)
        assert page.locator("#contact-name").evaluate(IS_WHOLE)
    page.locator("#contact-name").fill("Maria Magdalena")
    page.keyboard.press("Enter")
    expect(page.locator(".head-name")).to_have_text("Maria Magdalena")
    expect(page.locator(".row-name", has_text="Maria Magdalena")).to_have_count(1)


@pytest.mark.parametrize(("width", "least"), [(1260, 170), (768, 150), (320, 85)])
def test_the_head_has_room_for_the_name_and_tells_the_number_whole_or_not_at_all(desk, width, least):
    name(desk, desk.threads[0], LATIN)
    now = timezone.now()
    with clinic_scope(desk.clinic.pk):
        given = {"assignee": make_member("Benedikta Agent of the front desk"), "last_inbound_at": now}
        Conversation.objects.filter(pk=desk.threads[0].pk).update(**given)
    page = desk.sit_down(f"/conversations/{desk.threads[0].pk}/", viewport={"width": width, "height": 800})

    assert page.locator(".head-name").bounding_box()["width"] >= least
    number = page.locator(".head-where > .number")
    whole, line = number.bounding_box(), page.locator(".head-where").bounding_box()
    is_out_of_sight = whole["y"] >= line["y"] + line["height"] - 1
    assert is_out_of_sight or number.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert sorted(page.locator(".head-snooze, .head-more-phone").evaluate_all(ARE_OFFERED)) == [False, True]
