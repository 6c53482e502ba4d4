"""Telling the simulator of the demo's numbers and patients. It keeps them in memory, so each start tells again."""

import json
import time
import urllib.error
import urllib.request

from django.conf import settings

START_TIMEOUT_SECONDS = 60


class NoSimulator(Exception):
    """The simulator does not answer, or answers with an error."""


def wait_until_there() -> None:
    """Raises NoSimulator when it does not start in time."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            _ask("GET", "health")
        except NoSimulator:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def register(channel, callback_url: str) -> None:
    """Let the simulator be Meta for this channel."""
    hook = channel.hook
    number = {
        "phone_number_id": channel.external_id,
        "display_phone_number": channel.address,
        "verified_name": channel.name,
    }
    _ask(
        "POST",
        "apps",
        {
            "app_secret": hook.app_secret,
            "verify_token": hook.verify_token,
            "callback_url": callback_url,
            "access_token": channel.access_token,
            "waba_id": channel.business_id,
            "numbers": [number],
        },
    )


def introduce(channel, thread, *, is_window_open: bool) -> None:
    """Give a patient of the demo a phone, so that an answer reaches it."""
    persona = thread.number
    known = {each["id"] for each in _ask("GET", "personas")["personas"]}
    if persona not in known:
        about = f"A patient of {channel.name}"
        values = {"id": persona, "name": thread.name, "phone": thread.number, "about": about}
        _ask("POST", "personas", values | {"country": thread.country, "language": thread.language})
    window = {"phone_number_id": channel.external_id, "state": "open" if is_window_open else "closed"}
    _ask("POST", f"personas/{persona}/window", window)


def add_person(name: str, number: str, **more) -> str:
    """A patient with a phone, made unless there is one; returns their id at the simulator, the number."""
    if number not in {each["id"] for each in _ask("GET", "personas")["personas"]}:
        _ask("POST", "personas", {"id": number, "name": name, "phone": number, **more})
    return number


def act(channel, person: str, wish: dict) -> str:
    """Let somebody write, or do anything else a phone can do; returns the message's external id."""
    return _ask("POST", f"personas/{person}/messages", {"phone_number_id": channel.external_id, **wish})[
        "wamid"
    ]


def read(channel, person: str) -> None:
    """Let somebody read what they were sent."""
    _ask("POST", f"personas/{person}/read", {"phone_number_id": channel.external_id})


def echo(channel, person: str, wish: dict) -> str:
    """Let the clinic answer from the app on its own phone; returns the message's external id."""
    return _ask("POST", "echo", {"phone_number_id": channel.external_id, "persona": person, **wish})["wamid"]


def chat(channel, person: str) -> list[dict]:
    """What somebody sees on their phone, oldest first."""
    return _ask("GET", f"personas/{person}/messages?phone_number_id={channel.external_id}")["messages"]


def tell(channel, field: str, value: dict) -> None:
    """Send any other webhook."""
    _ask("POST", "webhooks", {"phone_number_id": channel.external_id, "field": field, "value": value})


def sample(kind: str) -> tuple[bytes, str]:
    """A file made by the simulator, and its content type."""
    made = _ask("POST", "media/sample", {"kind": kind})
    url = f"{settings.SIMULATOR_URL}/simulator/api/media/{made['id']}/content"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  as below
        return answer.read(), made["mime_type"]


def _ask(method: str, path: str, values: dict | None = None) -> dict:
    request = urllib.request.Request(  # noqa: S310  our own simulator; production refuses to name one
        f"{settings.SIMULATOR_URL}/simulator/api/{path}",
        method=method,
        data=json.dumps(values).encode() if values is not None else None,
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise NoSimulator(f"the simulator answered {error.code} to {method} {path}") from error
    except OSError as error:
        raise NoSimulator(f"the simulator at {settings.SIMULATOR_URL} does not answer: {error}") from error
