"""Starting, refusing to start, and what survives a restart."""

import ast
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.simulated import running_simulator
from tests.simulator.playing import PHONE, Product, Simulator, app_values, until

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = {
    "clinic_inbox",
    "clinics",
    "contacts",
    "inbox",
    "integrations",
    "lifecycle",
    "automation",
    "reports",
    "django",
}


def test_it_refuses_to_start_in_production():
    environment = {**os.environ, "CLINIC_ENV": "production"}

    done = subprocess.run([sys.executable, "-m", "simulator", "--port", "0"], cwd=ROOT, env=environment,
                          capture_output=True, text=True, timeout=20)  # fmt: skip

    assert done.returncode == 2
    assert "refuses to start" in done.stderr


def test_it_imports_nothing_of_the_product():
    imported = set()
    for file in (ROOT / "simulator").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])

    assert imported & PRODUCT == set()


def test_chats_windows_and_media_survive_a_restart_with_a_state_directory(tmp_path):
    product = Product()
    with running_simulator("--state-dir", tmp_path) as address, closing(Simulator(address)) as simulator:
        simulator.api("POST", "apps", **app_values(product))
        simulator.act(type="image", image={"sample": True, "caption": "My arm"})
        until(product.messages)

    with running_simulator("--state-dir", tmp_path) as address, closing(Simulator(address)) as simulator:
        chat = simulator.api("GET", "personas/nora/messages")
        answer = simulator.send()
        picture = simulator.api_client.get(f"/media/{chat['messages'][0]['content']['id']}/content")
    product.close()

    assert [m["content"]["caption"] for m in chat["messages"]] == ["My arm"]
    assert (chat["window_open"], answer.status_code, picture.status_code) == (True, 200, 200)
    assert (tmp_path / "world.json").stat().st_mode & 0o077 == 0


def test_registering_twice_keeps_one_app_and_its_templates(simulator, product):
    before = simulator.api("GET", "templates")["templates"]

    simulator.api("POST", "apps", **app_values(product, access_token="another-token"))

    apps = simulator.api("GET", "apps")["apps"]
    assert [[n["phone_number_id"] for n in app["numbers"]] for app in apps] == [[PHONE]]
    assert [t["id"] for t in simulator.api("GET", "templates")["templates"]] == [t["id"] for t in before]
    assert simulator.graph("GET", PHONE).status_code == 401
    assert simulator.graph("GET", PHONE, token="another-token").status_code == 200


def test_reset_leaves_the_clinic_connected_and_the_world_empty(chatting):
    chatting.api("POST", "chaos", duplicate=1)

    chatting.api("POST", "reset")

    assert chatting.api("GET", "personas/nora/messages") == {"messages": [], "window_open": False}
    assert chatting.api("GET", "chaos")["duplicate"] == 0
    assert len(chatting.api("GET", "apps")["apps"]) == 1
    assert chatting.api("GET", "accepted") == {"accepted": [], "next": 0}
