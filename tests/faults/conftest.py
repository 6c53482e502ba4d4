"""Real processes of the product and the simulator, to be killed while they work."""

import random
import time

import pytest
import redis

from tests.faults.servers import own_servers
from tests.faults.supervisor import Supervisor


@pytest.fixture
def chance(request):
    """A seeded source of chance; its seed is printed and can be given again with --seed."""
    seed = request.config.getoption("--seed") or int(time.time() * 1000) % 1_000_000
    print(f"seed {seed}: replay with --seed={seed}")
    return random.Random(seed)


@pytest.fixture
def is_long(request):
    return request.config.getoption("--faults")


@pytest.fixture
def long_run(is_long):
    """For what is only run with --faults."""
    if not is_long:
        pytest.skip("only with --faults")


@pytest.fixture
def supervisor(server_env, tmp_path, redis_url):
    """Starts processes of the product and the simulator against this test's servers; ends them afterwards.

    What killed workers had in hand would come back after ten minutes, in another test: it is thrown away.
    """
    supervisor = Supervisor(server_env, tmp_path)
    yield supervisor
    supervisor.stop()
    with redis.Redis.from_url(redis_url) as broker:
        broker.flushall()


@pytest.fixture
def servers(transactional_db, tmp_path):
    """This test's own Postgres, which keeps what it commits, and Valkey; Django here uses that Postgres too."""
    with own_servers(tmp_path / "servers") as servers:
        yield servers


@pytest.fixture
def own_supervisor(servers, tmp_path):
    """As `supervisor`, but the processes use this test's own servers."""
    supervisor = Supervisor(servers.environment, tmp_path)
    yield supervisor
    supervisor.stop()
