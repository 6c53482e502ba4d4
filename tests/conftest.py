"""What every test stands on: throw-away servers, the restricted database role, and a clean database afterwards."""

import logging
import os
import tempfile
from functools import partial
from pathlib import Path

import django
import psycopg
import pytest
import redis

from clinic_inbox import translations
from clinic_inbox.local import throwaway

# Before anything else is imported: the settings read this environment, and test modules import models.
throwaway.start()
translations.compile_all()
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic_inbox.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

from tests.cleaning import delete_new_rows, tables_with_rows  # noqa: E402
from tests.eavesdropping import Eavesdropper  # noqa: E402

pytest_plugins = [
    "tests.keeping",
    "tests.ordering",
    "tests.actors",
    "tests.simulated",
    "tests.inbox.outbound",
    "tests.inbox.authors",
    "tests.inbox.pushed",
    "tests.clinics.chains",
]


def pytest_addoption(parser):
    parser.addoption("--payloads", type=Path, help="a folder of captured webhooks to try instead of our own")
    parser.addoption("--faults", action="store_true", help="long fault runs instead of short ones")
    parser.addoption("--seed", type=int, help="replay a fault run: the number it printed")


def pytest_configure(config):
    """Worker processes inherit this environment: named there, settings would be read before their servers run."""
    if getattr(config.option, "numprocesses", None):
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_collection_modifyitems(config, items):
    """What is marked `faults` takes minutes and runs with --faults."""
    if not config.getoption("--faults"):
        left_out = [item for item in items if item.get_closest_marker("faults")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter):
    """A run without browser tests must not look like a run with them."""
    without = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if "no browser:" in str(report.longrepr)
    ]
    if without:
        text = f"{len(without)} BROWSER TESTS WERE NOT RUN: {without[0].longrepr[2]}"
        terminalreporter.write_line(text, red=True, bold=True)


@pytest.fixture(scope="session")
def eavesdropper():
    """Hears what every test logs."""
    handler = Eavesdropper()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture(autouse=True)
def nothing_of_patients_is_logged(eavesdropper):
    """A test during which a patient's words of the test data were logged has failed."""
    yield
    assert eavesdropper.take() == []


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """The database exists already, and the app's role could neither create nor flush one."""
    with (
        psycopg.connect(throwaway.superuser_url(), autocommit=True) as superuser,
        pytest.MonkeyPatch.context() as patch,
    ):
        clean = partial(delete_new_rows, superuser, tables_with_rows(superuser))
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: clean())
        yield clean
        with django_db_blocker.unblock():
            connections.close_all()


@pytest.fixture
def owner_connection(transactional_db):
    """A psycopg connection as the owner of the tables. Row-level security is forced on it too."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser_connection(transactional_db):
    """A psycopg connection that sees the committed rows of every clinic: to count them, not to make them."""
    with psycopg.connect(throwaway.superuser_url(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def server_env(transactional_db):
    """Environment for starting real processes of the product against this test's database and Valkey."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "incoming").mkdir()
        yield os.environ | {"DATA_DIR": folder, "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def product(kept_product):
    """The running product (tests.product.Product); a test that uses it needs transactional_db too.

    It ends before a test that does not use it: its worker takes up what it finds in the database. How often people
    tried to sign in during the tests before is forgotten.
    """
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as valkey:
        for key in valkey.scan_iter(f"{settings.CACHES['default']['KEY_PREFIX']}:*"):
            valkey.delete(key)
    return kept_product


@pytest.fixture
def browser(kept_browser):
    """Playwright's Browser: Chromium. Open a context of it, and close that again."""
    return kept_browser


@pytest.fixture(scope="session")
def redis_url():
    """A Valkey of this test process alone; it may be flushed."""
    return os.environ["REDIS_URL"]
