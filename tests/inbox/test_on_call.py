"""Who is called when a patient waits and nobody answers: at once, in quiet hours too, once for each wait and step."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, BusinessHours, Member, Role, Visibility
from inbox import letters, oncall
from inbox.models import AlertChoices, Conversation, Escalation, Message, Notice, OnCall, OnCallRules
from inbox.operations import alerting, rules
from tests.factories import make_channel, make_clinic, make_conversation, make_member, make_team
from tests.inbox.pushed import an_address
from tests.inbox.screens import HTMX, signed_in

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("UTC"))
URGENT = Conversation.Priority.URGENT
PAGE = "/settings/answering/"


class Clinic:
    """Ada holds a conversation whose patient waits since noon; Cleo is on call in her quiet hours, Olga owns it all."""

    def __init__(self):
        self.clinic = make_clinic("Clinic Example")
        with clinic_scope(self.clinic.pk):
            make_channel()
            self.owner = make_member("Olga Owner", Role.OWNER, "olga@clinic.example")
            self.ada = make_member("Ada Agent", email="ada@clinic.example")
            self.cleo = make_member("Cleo Agent", email="cleo@clinic.example")
            AlertChoices.objects.create(member=self.cleo, quiet_from=time(0), quiet_until=time(23, 59))
            alerting.add_browser(self.cleo, address=an_address("https://push.example/cleo"), device="Firefox")
            self.conversation = make_conversation(
                assignee=self.ada, waiting_since=timezone.now(), priority=URGENT
            )
            rules.change_on_call(
                members=[self.cleo], by=self.owner, on_urgent=True, on_overdue=True,
                inside_minutes=10, outside_minutes=5, admins_minutes=15,
            )  # fmt: skip

    def do(self, work, *arguments, **options):
        with clinic_scope(self.clinic.pk):
            return work(*arguments, **options)

    def change(self, **fields):
        self.do(lambda: Conversation.objects.filter(pk=self.conversation.pk).update(**fields))

    def round(self, minutes: int) -> list[str]:
        """Who is written to, so many minutes after noon."""
        mail.outbox = []
        with time_machine.travel(NOON + minutes * MINUTE, tick=False):
            letters.go_round(self.clinic.pk)
        return sorted(letter.to[0].partition("@")[0] for letter in mail.outbox)


@pytest.fixture
def clinic_(told, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with time_machine.travel(NOON, tick=False):
        yield Clinic()


def test_first_who_is_on_call_then_the_admins_each_once_and_in_quiet_hours_too(clinic_, told):
    written = {minutes: clinic_.round(minutes) for minutes in (9, 10, 11, 24, 25, 26, 600)}

    assert written == {9: [], 10: ["cleo"], 11: [], 24: [], 25: ["olga"], 26: [], 600: []}
    ((endpoint, payload),) = told
    assert endpoint == "https://push.example/cleo"
    assert payload["title"] == "A patient waits for an answer, and nobody has given one."
    assert payload["url"] == f"/conversations/{clinic_.conversation.pk}/"


def test_letter_and_push_hold_a_link_and_no_word_of_the_patient(clinic_, told):
    clinic_.round(10)

    (letter,) = mail.outbox
    said = letter.subject + letter.body + json.dumps(told[0][1])
    assert f"/conversations/{clinic_.conversation.pk}/" in letter.body
    assert "Nora" not in said
    assert "+1" not in said


def test_the_thread_says_who_was_called(clinic_, client):
    clinic_.round(10)
    client.force_login(clinic_.ada.user)

    assert (
        "Nobody answered. Called: <b>Cleo Agent</b>"
        in client.get(f"/conversations/{clinic_.conversation.pk}/").content.decode()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"waiting_since": None},
        {"status": "closed", "waiting_since": None},
        {"status": "snoozed"},
        {"priority": Conversation.Priority.HIGH},
    ],
)
def test_nobody_is_called_for_whom_was_answered_or_does_not_press(clinic_, change):
    clinic_.change(**change)

    assert clinic_.round(30) == []


def test_a_missed_target_calls_too_unless_the_clinic_does_not_wish_it(clinic_):
    clinic_.change(priority=Conversation.Priority.NORMAL, reply_due_at=NOON + 20 * MINUTE)
    assert clinic_.round(15) == []
    clinic_.do(lambda: OnCallRules.objects.update(on_overdue=False))
    assert clinic_.round(21) == []
    clinic_.do(lambda: OnCallRules.objects.update(on_overdue=True))
    assert clinic_.round(21) == ["cleo"]


def test_an_answer_after_the_first_step_ends_it_and_the_next_wait_begins_anew(clinic_):
    clinic_.round(10)
    clinic_.change(waiting_since=None)
    assert clinic_.round(30) == []

    clinic_.change(waiting_since=NOON + 40 * MINUTE)

    assert [clinic_.round(minutes) for minutes in (45, 50, 51)] == [[], ["cleo"], []]


def test_outside_the_hours_other_minutes_hold_and_none_means_nobody(clinic_):
    clinic_.do(lambda: BusinessHours.objects.create(week=[[[0, 60]]] * 7))
    assert clinic_.round(5) == ["cleo"]

    clinic_.change(waiting_since=NOON + MINUTE)
    clinic_.do(lambda: OnCallRules.objects.update(outside_minutes=None))
    assert clinic_.round(30) == []


def test_who_does_not_see_the_conversation_does_not_hear_of_it(clinic_, told):
    clinic_.do(lambda: Member.objects.filter(pk=clinic_.cleo.pk).update(visibility=Visibility.OWN))

    assert [clinic_.round(minutes) for minutes in (10, 25)] == [["ada"], ["olga"]]
    assert told == []


def test_of_a_sensitive_one_hear_only_those_it_is_for(clinic_, told):
    with clinic_scope(clinic_.clinic.pk):
        dina = make_member("Dina Agent", email="dina@clinic.example")
        team = make_team("Nurses", [dina])
    clinic_.change(is_sensitive=True, assignee=None, team=team)

    assert [clinic_.round(minutes) for minutes in (10, 25, 40)] == [["dina"], [], []]
    assert told == []


def test_an_escalation_that_a_dying_worker_began_leaves_nothing_half(clinic_, monkeypatch):
    with monkeypatch.context() as died:
        died.setattr(oncall.realtime, "publish", explode)
        with pytest.raises(ZeroDivisionError):
            clinic_.round(10)
    assert clinic_.do(lambda: Escalation.objects.count()) == clinic_.do(lambda: Notice.objects.count()) == 0

    with monkeypatch.context() as died:
        died.setattr(letters, "send_letter", explode)
        with pytest.raises(ZeroDivisionError):
            clinic_.round(11)

    assert [clinic_.round(minutes) for minutes in (12, 22, 23)] == [[], ["cleo"], []]
    assert clinic_.do(lambda: Message.objects.filter(kind="escalated").count()) == 1


def explode(*_arguments, **_options):
    raise ZeroDivisionError


def test_a_mail_server_that_is_away_rings_no_browser_again(clinic_, told, monkeypatch):
    monkeypatch.setattr(letters, "send_letter", lambda *_arguments, **_options: False)
    for minutes in (10, 21, 32):
        clinic_.round(minutes)

    assert [endpoint for endpoint, _ in told] == ["https://push.example/cleo"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_call_once(clinic_):
    mail.outbox = []

    def work(_number):
        try:
            letters.go_round(clinic_.clinic.pk)
        finally:
            connection.close()

    with time_machine.travel(NOON + 10 * MINUTE, tick=False), ThreadPoolExecutor(3) as workers:
        list(workers.map(work, range(3)))
        letters.go_round(clinic_.clinic.pk)

    assert [letter.to for letter in mail.outbox] == [["cleo@clinic.example"]]
    assert clinic_.do(lambda: Message.objects.filter(kind="escalated").count()) == 1


# The page.


@pytest.fixture
def admin(clinic):
    return make_member("Ana Admin", Role.ADMIN)


def test_admins_choose_who_is_called_and_when_and_it_is_on_record(admin):
    bea = make_member("Bea Agent")
    told = {"members": [str(bea.pk)], "on_urgent": "on", "outside_minutes": "5"}

    page = signed_in(admin).post(PAGE + "on-call/", told, headers=HTMX).content.decode()

    held = OnCallRules.objects.get()
    assert (held.on_urgent, held.on_overdue, held.inside_minutes, held.outside_minutes) == (
        True,
        False,
        None,
        5,
    )
    assert list(OnCall.objects.values_list("member__name", flat=True)) == ["Bea Agent"]
    entry = AuditEntry.objects.get(action="on_call.changed", member=admin)
    assert (entry.detail["before"]["members"], entry.detail["after"]["members"]) == ("", "Bea Agent")
    assert "Saved" in page
    assert "checked" in page.partition("Bea Agent")[0].rpartition("<input")[2]


def test_minutes_without_anybody_or_for_nobody_are_refused_where_they_stand(admin):
    page = signed_in(admin).post(PAGE + "on-call/", {"inside_minutes": "5"}, headers=HTMX)

    assert page.context["on_call"].errors == {
        "members": ["Choose somebody, or leave the minutes empty."],
        "on_overdue": ["Choose for which patients."],
    }
    assert not OnCallRules.objects.exists()


def test_who_is_called_is_told_so_where_they_choose_quiet_hours(admin):
    browser = signed_in(admin)
    assert "You are on call" not in browser.get("/settings/notifications/").content.decode()

    OnCall.objects.create(member=admin)

    assert "You are on call" in browser.get("/settings/notifications/").content.decode()


def test_what_is_written_of_is_kept_and_shown(admin):
    told = {"mails": ["mentioned", "overdue"], "mail_after": "60"}

    page = signed_in(admin).post("/settings/notifications/", told, headers=HTMX).content.decode()

    held = AlertChoices.objects.get(member=admin)
    assert (held.mails, held.mail_after) == (["mentioned", "overdue"], 60)
    assert admin.user.email in page


def test_where_no_mail_is_sent_the_pages_that_offer_it_say_so(admin, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    browser = signed_in(admin)

    for page in ("/settings/notifications/", PAGE):
        assert "This installation sends no e-mail" in browser.get(page).content.decode()
