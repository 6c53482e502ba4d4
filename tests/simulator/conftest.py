"""The simulator as a process of its own, with one clinic connected to it."""

import pytest

from tests.simulated import running_simulator
from tests.simulator.playing import Product, Simulator, app_values, until


@pytest.fixture(scope="session")
def simulator_process():
    with running_simulator() as address:
        yield address


@pytest.fixture(scope="session")
def product_process():
    product = Product()
    yield product
    product.close()


@pytest.fixture
def product(product_process):
    product_process.received.clear()
    product_process.answers.clear()
    return product_process


@pytest.fixture
def simulator(simulator_process, product):
    """A fresh world with one clinic, its webhook verified, and quick statuses and retries."""
    running = Simulator(simulator_process)
    running.api("POST", "reset", apps=True)
    running.api("POST", "apps", **app_values(product))
    running.api("POST", "options", sent_ms=10, delivered_ms=20, read_ms=5, retry_delays=[0.1, 0.2])
    until(lambda: running.api("GET", "apps")["apps"][0]["handshake"]["state"] == "ok")
    product.received.clear()  # what the test before left on its way
    yield running
    running.close()


@pytest.fixture
def chatting(simulator, product):
    """The same, with the window open: Nora has written."""
    simulator.act(type="text", text="Hello")
    until(product.messages)
    return simulator
