"""The server's part of Meta's Embedded Signup (v4): the code's exchange, whose the token is, the phone app's data.

Source: Meta's "Embedded Signup" and "Onboarding WhatsApp Business app users" pages, v26.0.
"""

from dataclasses import dataclass, replace

from integrations.events import ErrorClass, ProviderError
from integrations.whatsapp import api
from integrations.whatsapp.reading import ident, mapping, objects, text

SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")
# Asked for once each within a day; repeated, refused by us or too late: the number works without.
WITHOUT_HARM = {"2593107", "2593108", "2593109", "100"}


@dataclass(frozen=True)
class MetaApp:
    """The operator's app, through which clinics sign up."""

    app_id: str
    app_secret: str
    graph_url: str
    allow_private: bool


def exchange_code(app: MetaApp, code: str) -> str:
    """The business' access token for the code of its dialog, which lives for 30 seconds. Raises ProviderError."""
    nobody = api.Credentials(api_url=app.graph_url, number_id="", allow_private=app.allow_private)
    params = {"client_id": app.app_id, "client_secret": app.app_secret, "code": code}
    token = text(api.call(nobody, "GET", "oauth/access_token", params=params).get("access_token"))
    if not token:
        raise ProviderError(ErrorClass.RETRY, "unreadable")
    return token


def check_token(app: MetaApp, credentials: api.Credentials) -> str:
    """The business account that the token opens. What the browser told of it is a claim only.

    Raises ProviderError: `other_app`, `scopes`, `account` when the token is another's, opens too little, or not this.
    """
    told = api.debug_token(credentials)
    if told.get("is_valid") is not True:
        raise ProviderError(ErrorClass.REAUTHORISE, "190")
    if ident(told.get("app_id")) != app.app_id:
        raise ProviderError(ErrorClass.NEVER, "other_app")
    if not set(SCOPES) <= {ident(scope) for scope in told.get("scopes") or []}:
        raise ProviderError(ErrorClass.REAUTHORISE, "scopes")
    targets = [
        ident(target)
        for each in objects(told.get("granular_scopes"))
        if each.get("scope") == SCOPES[0]
        for target in each.get("target_ids") or []
    ]
    if credentials.business_id in targets:
        return credentials.business_id
    if not credentials.business_id and len(targets) == 1:
        return targets[0]
    if credentials.business_id and not targets:  # not told: then reading the account is the proof
        api.call(credentials, "GET", credentials.business_id, params={"fields": "id"})
        return credentials.business_id
    raise ProviderError(ErrorClass.NEVER, "account")


def numbers_of(credentials: api.Credentials, business_id: str) -> list[dict]:
    """The account's numbers: id, number, name."""
    return [
        {
            "id": ident(each.get("id"), 64),
            "number": text(each.get("display_phone_number"), 40),
            "name": text(each.get("verified_name"), 80),
        }
        for each in api.list_numbers(replace(credentials, business_id=business_id))
    ]


def is_registered(credentials: api.Credentials) -> tuple[bool, bool]:
    """Whether the number is registered for the Cloud API, and whether it is on the phone app, too."""
    told = api.get_number(credentials)
    return told.get("status") == "CONNECTED", told.get("is_on_biz_app") is True


def ask_phone_data(credentials: api.Credentials) -> None:
    """Have the phone app's contacts and history sent to us. Raises ProviderError, except where it does no harm."""
    for kind in ("smb_app_state_sync", "history"):
        try:
            body = {"messaging_product": "whatsapp", "sync_type": kind}
            mapping(api.call(credentials, "POST", f"{credentials.number_id}/smb_app_data", json=body))
        except ProviderError as error:
            if error.code not in WITHOUT_HARM:
                raise
