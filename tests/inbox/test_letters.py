"""Letters about what a member did not look at: when they are written, of what, once, without a patient's words."""

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.valkey import valkey
from clinics.models import Member, Visibility
from inbox import letters, tasks
from inbox.models import AlertChoices, Conversation, Letter, Notice
from inbox.operations import handling, noting
from inbox.presence import HERE
from tests.factories import (
    make_channel,
    make_clinic,
    make_conversation,
    make_identity,
    make_member,
    make_message,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("UTC"))


@pytest.fixture(autouse=True)
def letters_kept(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_URL = "https://inbox.example"


class Office:
    """Ada, who gives work away, and Bea, who is written to about all of it after fifteen minutes."""

    def __init__(self):
        self.clinic = make_clinic("Clinic Example")
        with clinic_scope(self.clinic.pk):
            make_channel()
            self.ada = make_member("Ada Agent")
            self.bea = make_member("Bea Agent", email="bea@clinic.example")
            self.choices = AlertChoices.objects.create(member=self.bea, mails=list(Letter))
            self.conversation = make_conversation()

    def do(self, work, *arguments, **options):
        with clinic_scope(self.clinic.pk):
            return work(*arguments, **options)

    def assign(self, to=None, conversation=None):
        self.do(handling.assign, conversation or self.conversation, to=to or self.bea, by=self.ada)

    def call(self, text="@Bea Agent is the rash new?"):
        return self.do(handling.add_note, self.conversation, text, author=self.ada, client_id=str(uuid4()))

    def change(self, **fields):
        self.do(lambda: Conversation.objects.filter(pk=self.conversation.pk).update(**fields))

    def round(self, later: timedelta = timedelta()) -> list[str]:
        """The bodies of the letters that go out after so long."""
        mail.outbox = []
        with time_machine.travel(timezone.now() + later, tick=False):
            letters.go_round(self.clinic.pk)
        return [letter.body for letter in mail.outbox]


@pytest.fixture
def office():
    with time_machine.travel(NOON):
        yield Office()


def test_what_was_not_looked_at_for_a_while_is_written_in_one_letter_once_and_without_a_word_of_it(office):
    office.assign()
    note = office.call()
    assert office.round(14 * MINUTE) == []

    (body,) = office.round(16 * MINUTE)

    path = f"https://inbox.example/conversations/{office.conversation.pk}/"
    assert "A conversation was assigned to you." in body
    assert f"{path}\n" in body
    assert f"{path}?message={note.pk}" in body
    assert mail.outbox[0].to == ["bea@clinic.example"]
    said = mail.outbox[0].subject + body
    assert [word for word in ("rash", "Nora", "Ada", "+1") if word in said] == []
    assert office.round(17 * MINUTE) == office.round(60 * MINUTE) == []


def test_who_looked_at_the_conversation_is_not_written_to(office, client):
    office.assign()
    office.call()
    client.force_login(office.bea.user)
    client.get(f"/conversations/{office.conversation.pk}/")

    assert office.round(16 * MINUTE) == []


def test_having_it_ready_to_open_is_not_looking(office, client):
    office.call()
    client.force_login(office.bea.user)
    ahead = {"HX-Request": "true", "X-Ahead": "1", "X-Fragment": "1"}
    client.get(f"/conversations/{office.conversation.pk}/news/", headers=ahead)

    assert len(office.round(16 * MINUTE)) == 1


def test_who_has_it_before_them_at_that_moment_is_not_written_to(office):
    office.call()
    later = timezone.now() + 16 * MINUTE
    seat = {"tab": f"{office.bea.pk} reading {int(later.timestamp()) + 20}"}
    valkey().hset(f"{HERE}{office.clinic.pk}:{office.conversation.pk}", mapping=seat)

    assert office.round(16 * MINUTE) == []


def test_who_looks_on_is_asked_once_for_all_that_waits(office, monkeypatch):
    asked = []

    def ask(clinic_id, conversations):
        asked.append(set(conversations))
        return {(office.bea.pk, office.conversation.pk)}

    monkeypatch.setattr(letters, "onlookers", ask)
    others = [office.do(lambda: make_conversation(make_identity())) for _ in range(2)]
    for each in (office.conversation, *others):
        office.assign(conversation=each)

    [letter] = office.round(16 * MINUTE)

    assert letter.count("https://inbox.example/conversations/") == 2
    assert asked == [{office.conversation.pk, *(each.pk for each in others)}]


def test_nobody_is_written_to_who_did_not_choose_it_or_did_it_themselves(office):
    office.assign(to=office.ada)
    office.do(lambda: AlertChoices.objects.update(mails=[Letter.OVERDUE]))
    office.call()
    office.assign()

    assert office.round(16 * MINUTE) == []


def test_what_is_no_longer_so_is_not_written_of(office):
    office.assign()
    office.assign(to=office.ada)

    assert office.round(16 * MINUTE) == []


def test_who_lost_sight_of_it_or_works_here_no_more_is_not_written_to(office):
    office.call()
    office.do(lambda: Member.objects.filter(pk=office.bea.pk).update(visibility=Visibility.OWN))
    assert office.round(16 * MINUTE) == []

    office.do(lambda: Member.objects.filter(pk=office.bea.pk).update(visibility=Visibility.ALL))
    office.call("@Bea Agent again")
    office.do(lambda: Member.objects.filter(pk=office.bea.pk).update(is_active=False))
    assert office.round(40 * MINUTE) == []


def test_in_quiet_hours_it_waits_until_they_end(office):
    clock = (NOON - MINUTE).time(), (NOON + 60 * MINUTE).time()
    office.do(lambda: AlertChoices.objects.update(quiet_from=clock[0], quiet_until=clock[1]))
    office.call()

    assert [len(office.round(minutes * MINUTE)) for minutes in (16, 59, 61, 62)] == [0, 0, 1, 0]


def test_a_patient_who_waits_past_the_target_is_told_of_to_whoever_holds_the_conversation(office):
    now = timezone.now()
    office.change(assignee=office.bea, waiting_since=now - 30 * MINUTE, reply_due_at=now - MINUTE)
    assert office.round() == []

    (body,) = office.round(15 * MINUTE)

    assert "A patient of yours waits past the clinic's target." in body
    assert office.round(40 * MINUTE) == []


def test_whom_was_answered_meanwhile_is_not_told_of(office):
    now = timezone.now()
    office.change(assignee=office.bea, waiting_since=now - 30 * MINUTE, reply_due_at=now - MINUTE)
    office.round()
    office.change(waiting_since=None, reply_due_at=None)

    assert office.round(15 * MINUTE) == []


def test_a_letter_that_a_dying_worker_or_a_mail_server_that_is_away_kept_is_written_later_and_once(
    office, monkeypatch
):
    office.call()
    with monkeypatch.context() as died:
        died.setattr(letters, "send_letter", explode)
        with pytest.raises(ZeroDivisionError):
            office.round(16 * MINUTE)
    assert office.round(17 * MINUTE) == []  # another worker would be writing it
    with monkeypatch.context() as away:
        away.setattr(mail, "get_connection", refuse)
        assert office.round(27 * MINUTE) == []

    assert [len(office.round(minutes * MINUTE)) for minutes in (38, 49)] == [1, 0]


def explode(*_arguments, **_options):
    raise ZeroDivisionError


def refuse(**_settings):
    raise OSError


def test_what_could_not_be_written_in_a_day_is_no_news_any_more(office):
    office.call()

    assert office.round(timedelta(days=2)) == []
    assert office.round(timedelta(days=9)) == []
    assert office.do(lambda: Notice.objects.count()) == 0


def test_the_letter_is_in_the_members_language(office):
    office.do(lambda: Member.objects.filter(pk=office.bea.pk).update(language="es"))
    office.call()

    (body,) = office.round(16 * MINUTE)

    assert "Un colega le menciona en una nota." in body


def test_a_clinics_trouble_is_not_anothers(office, monkeypatch, caplog):
    office.call()
    other = make_clinic()
    reached = []

    def go_round(clinic_id):
        reached.append(clinic_id)
        raise RuntimeError

    monkeypatch.setattr(letters, "go_round", go_round)
    tasks.write_letters()

    assert set(reached) >= {office.clinic.pk, other.pk}


def test_seeing_a_note_ends_its_notice(office):
    office.call()

    office.do(noting.see_mentions, office.conversation, office.bea)

    assert office.do(lambda: Notice.objects.filter(seen_at=None).count()) == 0


def test_a_round_costs_the_same_however_many_have_nothing_to_read(office):
    with CaptureQueriesContext(connection) as before:
        office.round()
    for number in range(5):
        office.do(make_message, office.do(make_conversation, assignee=office.bea), str(number))

    with CaptureQueriesContext(connection) as after:
        office.round()

    assert len(after) == len(before)


def test_a_worker_that_ends_over_one_letter_holds_up_no_other(office, monkeypatch):
    with clinic_scope(office.clinic.pk):
        cem = make_member("Cem Agent", email="cem@clinic.example")
        AlertChoices.objects.create(member=cem, mails=list(Letter))
        theirs = make_conversation()
    office.assign()
    office.assign(cem, theirs)
    with monkeypatch.context() as died:
        died.setattr(letters, "send_letter", explode)
        with pytest.raises(ZeroDivisionError):
            office.round(16 * MINUTE)

    office.round(17 * MINUTE)
    to_others = [letter.to for letter in mail.outbox]
    office.round(27 * MINUTE)

    assert (to_others, [letter.to for letter in mail.outbox]) == (
        [[cem.user.email]],
        [["bea@clinic.example"]],
    )
