"""The proxy itself: what it does to a connection to Postgres."""

import os
import time
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.faults.proxy import Proxy

BROKEN = (psycopg.OperationalError, psycopg.errors.ConnectionTimeout)


@pytest.fixture
def proxy():
    parts = urlsplit(os.environ["DATABASE_ADMIN_URL"])
    with Proxy(parts.hostname, parts.port) as proxy:
        yield proxy


@pytest.fixture
def through(proxy):
    url = proxy.url(os.environ["DATABASE_ADMIN_URL"])
    with psycopg.connect(url, autocommit=True, connect_timeout=2) as connection:
        yield connection


def test_a_cut_ends_connections_and_takes_new_ones(proxy, through):
    assert through.execute("SELECT 1").fetchone() == (1,)

    proxy.cut()
    time.sleep(0.1)

    with pytest.raises(BROKEN):
        through.execute("SELECT 1")
    with psycopg.connect(proxy.url(os.environ["DATABASE_ADMIN_URL"])) as connection:
        assert connection.execute("SELECT 2").fetchone() == (2,)


def test_a_refusing_proxy_takes_nobody_until_it_is_healed(proxy):
    proxy.refuse()
    with pytest.raises(BROKEN):
        psycopg.connect(proxy.url(os.environ["DATABASE_ADMIN_URL"]), connect_timeout=2)

    proxy.heal()

    with psycopg.connect(proxy.url(os.environ["DATABASE_ADMIN_URL"])) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("harm", ["hang", "half_open"])
def test_what_hangs_answers_once_it_is_healed(proxy, through, harm):
    getattr(proxy, harm)()
    time.sleep(0.1)
    with pytest.raises(BROKEN):
        psycopg.connect(proxy.url(os.environ["DATABASE_ADMIN_URL"]), connect_timeout=1)

    proxy.heal()

    assert through.execute("SELECT 1").fetchone() == (1,)


def test_a_commit_that_is_cut_is_committed_and_unanswered(proxy, through):
    through.execute("CREATE TABLE cut_test (number int)")
    try:
        proxy.cut_before_commit_replies()
        with pytest.raises(BROKEN), through.transaction():
            through.execute("INSERT INTO cut_test VALUES (1)")

        with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as direct:
            deadline = time.monotonic() + 10
            while not direct.execute("SELECT count(*) FROM cut_test").fetchone()[0]:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert proxy.cuts == 1
    finally:
        with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as direct:
            direct.execute("DROP TABLE cut_test")
