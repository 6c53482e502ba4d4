"""The business profile of a number: what patients read about the clinic in WhatsApp.

Source: Meta's "Business profiles" page, v26.0.
"""

from dataclasses import dataclass, fields

from integrations.whatsapp import api
from integrations.whatsapp.reading import ident, objects, text

EDGE = "whatsapp_business_profile"
ABOUT, ADDRESS, DESCRIPTION, EMAIL, WEBSITE = 139, 256, 512, 128, 256  # most letters
VERTICALS = ("HEALTH", "PROF_SERVICES", "BEAUTY", "EDU", "GOVT", "NONPROFIT", "RETAIL", "OTHER")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What stands in it. At most two websites; `picture` is where it can be seen, for reading only."""

    about: str = ""
    address: str = ""
    description: str = ""
    email: str = ""
    websites: tuple[str, ...] = ()
    vertical: str = ""
    picture: str = ""


def read_profile(credentials: api.Credentials) -> Profile:
    """The profile as patients see it. Raises ProviderError."""
    asked = "about,address,description,email,websites,vertical,profile_picture_url"
    answer = api.call(credentials, "GET", f"{credentials.number_id}/{EDGE}", params={"fields": asked})
    told = next(iter(objects(answer.get("data"))), {})
    websites = told.get("websites") if type(told.get("websites")) is list else []
    return Profile(
        about=text(told.get("about"), ABOUT),
        address=text(told.get("address"), ADDRESS),
        description=text(told.get("description"), DESCRIPTION),
        email=text(told.get("email"), EMAIL),
        websites=tuple(text(site, WEBSITE) for site in websites[:2] if type(site) is str),
        vertical=ident(told.get("vertical"), 30),
        picture=text(told.get("profile_picture_url"), 2000),
    )


def changes_between(before: Profile, after: Profile) -> dict:
    """What to send: only what differs. Meta takes an empty text as "unchanged" for `about`, which may not be empty."""
    names = [field.name for field in fields(Profile) if field.name != "picture"]
    changed = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if not changed.get("about", "x"):
        del changed["about"]
    return {name: list(value) if type(value) is tuple else value for name, value in changed.items()}


def change_profile(credentials: api.Credentials, changes: dict) -> None:
    """Set these fields. Raises ProviderError."""
    body = {"messaging_product": "whatsapp", **changes}
    api.call(credentials, "POST", f"{credentials.number_id}/{EDGE}", json=body)
