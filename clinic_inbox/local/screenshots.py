"""Pictures for the documentation, and to look at each kind of message: `./dev screenshots [--to DIR]`.

Starts the product on a folder of its own, lets the demo's people write to each other, and takes what a browser shows.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from clinic_inbox.local import folder
from clinic_inbox.local.browser import LAUNCH_ARGUMENTS, find_browser
from clinic_inbox.local.gallery import shoot_everything
from clinic_inbox.local.servers import free_port

DOCUMENTATION = folder.HOME / "docs" / "screenshots"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TALL = {"viewport": {"width": 1100, "height": 1400}}
PARTS = 8
OF_THE_DEMO = {"cards": "12025550174", "files": "12025550173", "templates": "12025550175"}  # their phones
COLOURS = 192


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev screenshots")
    parser.add_argument("--to", type=Path, default=DOCUMENTATION, help="the folder for the pictures")
    to = parser.parse_args().to.resolve()
    to.mkdir(parents=True, exist_ok=True)
    with _product() as (demo, environment), sync_playwright() as playwright:
        threads = json.loads(_manage(environment, "seed_kinds"))
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=LAUNCH_ARGUMENTS)
        camera = Camera(chromium, environment["PUBLIC_URL"], environment["SIMULATOR_URL"], to)
        camera.sign_in(demo)
        _inbox(camera, threads)
        _settings(camera)
        _kinds(camera, threads)
        _phones(camera)
        count = shoot_everything(camera.window, threads["visit"], to / "screens")
        chromium.close()
    print(f"{len(list(to.glob('*.png')))} pictures in {to}, {count} in its folder screens")


class Camera:
    """A browser, signed in after `sign_in`, and the folder its pictures go to."""

    def __init__(self, browser: Browser, inbox: str, simulator: str, to: Path):
        self.browser, self.inbox, self.simulator, self.to = browser, inbox, simulator, to
        self.session = None

    def sign_in(self, demo: dict) -> None:
        page = self.open("/accounts/login/")
        self.keep(page, "sign-in")
        page.fill("[name=login]", demo["email"])
        page.fill("[name=password]", demo["password"])
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{self.inbox}/")
        self.session = page.context.storage_state()
        page.context.close()

    def open(self, path: str, **options) -> Page:
        """A page of the inbox, or of anywhere when the path is a whole address, in a window of its own."""
        window = {
            "viewport": DESKTOP,
            "locale": "en-GB",
            "reduced_motion": "reduce",
            "storage_state": self.session,
        }
        page = self.browser.new_context(**window | options).new_page()
        page.goto(path if path.startswith("http") else self.inbox + path)
        page.wait_for_timeout(1200)  # pictures and voice notes load, the thread scrolls to its end
        return page

    def window(self, *, stranger: bool = False, **options):
        """A window without a page yet, whose addresses are the inbox's."""
        session = None if stranger else self.session
        always = {
            "base_url": self.inbox,
            "locale": "en-GB",
            "reduced_motion": "reduce",
            "storage_state": session,
        }
        return self.browser.new_context(**always | options)

    def keep(self, page: Page, name: str) -> None:
        """The window as it is, with few colours: these pictures are part of the repository."""
        picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
        few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(self.to / f"{name}.png", optimize=True)

    def shoot(self, path: str, name: str, **options) -> None:
        page = self.open(path, **options)
        self.keep(page, name)
        page.context.close()


def _inbox(camera: Camera, threads: dict[str, str]) -> None:
    visit = f"/conversations/{threads['visit']}/?view=all"
    camera.shoot(visit, "inbox-light")
    camera.shoot(visit, "inbox-dark", color_scheme="dark")
    camera.shoot(visit, "inbox-phone", **PHONE)
    camera.shoot("/?view=all", "inbox-phone-list", **PHONE)
    camera.shoot(f"/conversations/{threads['arabic']}/?view=all", "inbox-rtl")
    page = camera.open("/?view=closed")
    page.locator("[data-conversation] a").first.click()
    page.wait_for_timeout(800)
    page.locator("[hx-get$='/templates/']:visible").first.click()
    page.wait_for_timeout(800)
    camera.keep(page, "template-picker")
    page.context.close()


def _settings(camera: Camera) -> None:
    camera.shoot("/settings/channels/", "settings-channels")
    camera.shoot("/settings/members/", "settings-members")


def _kinds(camera: Camera, threads: dict[str, str]) -> None:
    """Each kind in the inbox: the threads from their ends upwards, a window's height at a time."""
    for shown, name in (("received", "kinds-in"), *((each, f"kinds-out-{each}") for each in OF_THE_DEMO)):
        page = camera.open(f"/conversations/{threads[shown]}/?view=all", **TALL)
        _keep_in_parts(camera, page, "[data-scroller]", name)


def _phones(camera: Camera) -> None:
    address = f"{camera.simulator}/simulator/?number=100000000000001&persona="
    camera.shoot(f"{address}12025550111", "simulator", viewport={"width": 1024, "height": 800})
    shown = {"in": "12025550171"} | {f"out-{name}": person for name, person in OF_THE_DEMO.items()}
    for name, person in shown.items():
        page = camera.open(address + person, **TALL)
        _keep_in_parts(camera, page, "#thread", f"sim-kinds-{name}")


def _keep_in_parts(camera: Camera, page: Page, scroller: str, name: str) -> None:
    """What scrolls, from its beginning, most of a window's height at a time."""
    element = page.locator(scroller)
    element.hover()
    for _try in range(3):  # pictures that come into sight push the rest down
        page.mouse.wheel(0, -100_000)
        page.wait_for_timeout(400)
    seen = None
    for part in range(1, PARTS + 1):
        page.wait_for_timeout(700)
        if seen == (seen := element.evaluate("each => each.scrollTop")):
            break
        camera.keep(page, f"{name}-{part}")
        page.mouse.wheel(0, TALL["viewport"]["height"] * 0.75)
    page.context.close()


@contextmanager
def _product() -> Iterator[tuple[dict, dict[str, str]]]:
    """./dev up on a folder that goes away: (the demo's sign-in, the environment of its processes)."""
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    with tempfile.TemporaryDirectory(prefix="clinic-inbox-pictures-") as data:
        command = [
            sys.executable,
            "-P",
            "-m",
            "clinic_inbox.local",
            "up",
            "--data",
            data,
            "--port",
            str(free_port()),
        ]
        up = subprocess.Popen(command, cwd=folder.HOME, env=clean, stdout=subprocess.PIPE, text=True)
        try:
            demo = _wait_until_ready(up)
            yield demo, clean | folder.read(Path(data) / "run.json")["environment"]
        finally:
            up.send_signal(signal.SIGTERM)
            up.communicate(timeout=60)


def _wait_until_ready(up: subprocess.Popen) -> dict[str, str]:
    """The sign-in that ./dev up prints when everything is there; what it prints is shown meanwhile."""
    demo = {}
    for line in up.stdout:
        print(line, end="", flush=True)
        words = line.split()
        if words[:2] == ["Sign", "in"]:
            demo = {"email": words[2], "password": words[3]}
        if words[:1] == ["Ctrl-C"]:
            return demo
    raise SystemExit("the product did not start")


def _manage(environment: dict[str, str], command: str) -> str:
    done = subprocess.run(
        [sys.executable, str(folder.HOME / "manage.py"), command],
        env=environment, cwd=folder.HOME, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    main()
