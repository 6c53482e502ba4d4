"""Production runs what ./dev up runs: there is no Docker engine in the tests, so the file is read and compared."""

import re
import shlex

import pytest
import yaml
from django.conf import settings

from clinic_inbox.local.folder import HOME
from clinic_inbox.local.processes import COMMANDS, WORKERS

VALUES = {
    "web_host": "0.0.0.0",
    "web_port": 8001,
    "web_workers": 2,
    "live_host": "0.0.0.0",
    "live_port": 8000,
    "data": "/data",
}
TEXT = (HOME / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
ONCE = {"roles", "migrate", "backup"}
PRODUCT = {"web", "live", "ingest", "delivery", "errands", "sounds", "beat"}


def test_the_services_are_these_and_no_simulator():
    assert set(SERVICES) == {"postgres", "valkey"} | ONCE | PRODUCT


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_a_service_runs_the_command_that_dev_up_runs(name):
    ours = [word.format(**VALUES) for word in COMMANDS[name].split(" ")]

    assert shlex.split(SERVICES[name]["command"]) == ours


def test_every_queue_has_one_worker_and_incoming_messages_have_theirs_to_themselves():
    queues = [re.search(r" -Q (\S+)", COMMANDS[name])[1] for name in WORKERS]
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}

    assert sorted(",".join(queues).split(",")) == sorted(
        routed | {settings.CELERY_TASK_DEFAULT_QUEUE, "bulk"}
    )
    assert "ingest" in queues


def test_every_process_of_dev_up_has_its_service():
    assert set(COMMANDS) - {"simulator"} == PRODUCT


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nothing_runs_as_root(name):
    assert SERVICES[name]["user"] in {"clinic", "postgres", "valkey"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_what_stays_is_watched(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_only_the_set_up_knows_the_owner_of_the_tables():
    knowing = {
        name for name, service in SERVICES.items() if "DATABASE_OWNER_URL" in service.get("environment", {})
    }

    assert knowing == {"roles", "migrate"}


def test_the_product_signs_in_as_the_restricted_role():
    users = {SERVICES[name]["environment"]["DATABASE_URL"].split(":")[1] for name in PRODUCT}

    assert users == {"//clinic_app"}


def test_no_secret_has_a_default_or_stands_in_the_file():
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|KEY|KEY_RING|SECRET)\w*)(:?[?-]?)([^}]*)\}", TEXT)
    optional = {"EMAIL_HOST_PASSWORD", "SECRET_KEY_FALLBACKS", "PUSH_KEY", "META_APP_SECRET"}

    assert {mark for name, mark, _ in secrets if name not in optional} == {":?"}
    assert {default for name, _, default in secrets if name in optional} == {""}


def test_the_servers_are_the_versions_of_the_embedded_ones():
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["valkey"]["image"] == "valkey/valkey:9"


def test_the_image_does_not_hold_the_simulator():
    assert "simulator" in (HOME / ".dockerignore").read_text().split()


def test_the_larger_lock_contains_the_smaller():
    small, large = (
        set(re.findall(r"^[\w.-]+==\S+", (HOME / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )

    assert small - large == set()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_each_dependency_is_locked_to_its_bytes(name):
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", (HOME / name).read_text(), flags=re.MULTILINE))

    loose = [
        entry.split()[0] for entry in entries if not re.search(r"\n +--hash=sha256:[0-9a-f]{64}\b", entry)
    ]

    assert len(entries) > 20
    assert loose == []


@pytest.mark.parametrize("name", ["dev", "Dockerfile"])
def test_nothing_is_installed_without_looking_at_its_hash(name):
    lines = (HOME / name).read_text().splitlines()
    installs = [line for line in lines if re.search(r"-r\b.*lock", line)]

    assert installs
    assert [line for line in installs if "--require-hashes" not in line or "--no-deps" not in line] == []


# What the compose file decides by itself, and what no running process reads.
FIXED = {
    "CLINIC_ENV",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_ADMIN_URL",
    "CLINIC_DB_ROLE",
    "REDIS_URL",
}
FIXED |= {"BACKUP_KEY", "PG_BIN"}
FIXED |= {"WEB_URL", "DATA_DIR", "STATIC_ROOT", "SIMULATOR_URL"}


def test_every_documented_setting_can_be_made_in_the_env_file():
    rows = re.findall(r"^\| (`[A-Z].*?) \|", (HOME / "docs/configuration.md").read_text(), re.MULTILINE)
    documented = set(re.findall(r"`([A-Z_]+)`", " ".join(rows)))

    passed = {name for name, value in SERVICES["web"]["environment"].items() if f"${{{name}:" in str(value)}

    assert passed == documented - FIXED


def test_the_proxy_on_this_machine_is_believed_and_nobody_outside_our_network():
    (network,) = yaml.safe_load(TEXT)["networks"]["default"]["ipam"]["config"]
    told = SERVICES["live"]["environment"]

    assert told["FORWARDED_ALLOW_IPS"] == f"${{FORWARDED_ALLOW_IPS:-{network['gateway']}}}"
    assert told["TRUSTED_PROXIES"] == f"${{TRUSTED_PROXIES:-{network['subnet']}}}"
