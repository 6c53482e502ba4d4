"""The fictional patients: who they are, and how each business sees them."""

import hashlib
import re

from simulator.options import BadInput
from simulator.world import App, Number, Persona, World, new_id

# Numbers: +1 NXX 555 01xx and +44 7700 900xxx are reserved for fiction. Brazil and the Emirates reserve none, so
# those use subscriber numbers that cannot be dialled (a run of zeros).
SEEDED = [
    Persona("nora", "Nora Example", "12025550143", "12025550143", about="An ordinary patient"),
    Persona("sam", "Sam Placeholder", "447700900321", "447700900321", country="GB", from_ad=True,
            about="Came from a click-to-chat ad"),
    Persona("bruna", "Bruna Exemplo", "5511900000017", "551100000017", country="BR", language="pt",
            about="In Brazil: WhatsApp drops the ninth digit"),
    Persona("layla", "ليلى مثال", "971500000042", "971500000042", country="AE", language="ar",
            about="Layla Mithal, writes Arabic"),
    Persona("kit", "Kit Sample", None, None, username="kit.sample", country="US",
            about="No phone number, only a username"),
]  # fmt: skip


def seed(world: World) -> None:
    """Put the standing personas in, unless they are there already."""
    for persona in SEEDED:
        if persona.id not in world.personas:
            add(world, Persona(**{**vars(persona), "seeded": True}))


def add(world: World, persona: Persona) -> Persona:
    world.personas[persona.id] = persona
    index(world, persona)
    return persona


def index(world: World, persona: Persona) -> None:
    """Let the persona be found by the number dialled and by the wa_id."""
    for address in {persona.phone, persona.wa_id} - {None}:
        world.by_address[address] = persona


def create(world: World, values: dict) -> Persona:
    """A persona from the control API. Raises BadInput when the name is missing or the id is taken."""
    name = values.get("name")
    if name is None:
        raise BadInput("A persona needs a name (it may be empty, as many real profiles are).")
    phone = digits(values.get("phone"))
    identifier = values.get("id") or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or new_id(8)
    if identifier in world.personas:
        raise BadInput(f"There is already a persona {identifier}.")
    return add(world, Persona(
        identifier, name, phone, digits(values.get("wa_id")) or phone,
        username=values.get("username"), country=values.get("country", "US"), language=values.get("language", "en"),
        about=values.get("about", ""), auto_read=bool(values.get("auto_read", False)),
    ))  # fmt: skip


def digits(value: str | None) -> str | None:
    return re.sub(r"\D", "", value) if value else None


def user_id(app: App, persona: Persona) -> str:
    """The business-scoped user id: the same for every number of a portfolio, another in the next portfolio."""
    seed_text = f"{app.business_id}/{persona.id}/{persona.user_id_changes}"
    number = int.from_bytes(hashlib.sha256(seed_text.encode()).digest()[:8], "big")
    return f"{persona.country}.{number}"


def find_by_user_id(world: World, app: App, value: str) -> Persona | None:
    return next((p for p in world.personas.values() if user_id(app, p) == value), None)


def find_by_number(world: World, value: str) -> Persona | None:
    """The persona behind a dialled number or a wa_id."""
    return world.by_address.get(value)


def contact(world: World, number: Number, persona: Persona) -> dict:
    """An entry of a webhook's `contacts`."""
    profile = {"name": persona.name}
    if persona.username:
        profile["username"] = persona.username
    entry = {"profile": profile}
    if persona.wa_id:
        entry["wa_id"] = persona.wa_id
    entry["user_id"] = user_id(world.app_of(number), persona)
    return entry


def describe(world: World, persona: Persona) -> dict:
    """A persona as the control API shows it."""
    user_ids = {app.business_id: user_id(app, persona) for app in world.apps.values()}
    return {**vars(persona), "user_ids": user_ids}
