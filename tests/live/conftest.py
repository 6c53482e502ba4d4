"""The two processes that strangers reach, as they run in production; no worker takes anything up behind a test."""

import os

import pytest

from tests.product import running_product


@pytest.fixture(scope="package")
def edge(django_db_setup, tmp_path_factory):
    """`web` behind `live` (tests.product.Product), with a data folder of their own (`.logs / "data"`)."""
    folder = tmp_path_factory.mktemp("edge")
    environment = dict(os.environ) | {"DATA_DIR": str(folder / "data"), "TMPDIR": str(folder / "tmp")}
    (folder / "data" / "incoming").mkdir(parents=True)
    (folder / "tmp").mkdir()
    with running_product(environment, folder, ("web", "live")) as running:
        yield running
    django_db_setup()
