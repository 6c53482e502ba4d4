"""What is done in every clinic, every few seconds: one clinic's trouble is nobody else's."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic_inbox.tenancy import current_clinic_id
from inbox import media, retention, rounds, snoozing, tasks
from inbox.delivery import sweep
from tests.factories import make_clinic

ROUNDS = [
    (sweep, "_ring_receipts", sweep.sweep),
    (snoozing, "_wake_clinic", snoozing.wake),
    (media, "forget_unsent_uploads", retention.purge),
    (media, "_overdue", media.due),
    (tasks, "_ring_for_templates", tasks.sync_templates),
]


@pytest.mark.parametrize(("module", "step", "go_round"), ROUNDS)
def test_a_clinic_that_fails_is_logged_and_does_not_stop_the_next(
    db, monkeypatch, module, step, go_round, caplog
):
    clinics, reached = {make_clinic().pk, make_clinic().pk}, set()

    def break_down(*_arguments):
        reached.add(current_clinic_id())
        raise RuntimeError

    monkeypatch.setattr(module, step, break_down)
    go_round()

    assert reached >= clinics
    assert {record.clinic_id for record in caplog.records if record.message == "clinic_failed"} == reached


def test_the_results_of_the_others_come_back(db):
    first, second = make_clinic().pk, make_clinic().pk

    def work(clinic_id):
        return {second: "done"}[clinic_id]

    assert rounds.in_each_clinic(work) == ["done"]
    assert sorted(rounds.in_each_clinic(lambda clinic_id: clinic_id)) == sorted([first, second])


def test_a_clinic_that_sends_nothing_costs_the_sweeper_four_statements(db):
    make_clinic()

    with CaptureQueriesContext(connection) as captured:
        sweep.sweep()

    asked = [each["sql"] for each in captured if "inbox_" in each["sql"]]
    assert len(asked) == 4, asked
