"""Meta's error bodies, for requests (`GraphError`) and for `failed` statuses (`async_error`)."""

import secrets

# code: (HTTP status, title)
CATALOGUE = {
    0: (401, "We were unable to authenticate the app user"),
    1: (400, "An unknown error occurred"),
    2: (503, "Service temporarily unavailable"),
    3: (500, "Application does not have the capability to make this API call"),
    4: (400, "Application request limit reached"),
    10: (403, "Application does not have permission for this action"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Error validating access token"),
    200: (403, "Permissions error"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130403: (400, "Business has blocked this user"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Business Account locked"),
    131037: (400, "Display name approval needed"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages from this business"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131062: (400, "Business-scoped user id not allowed for this message"),
    131063: (400, "Marketing messages are disabled on this API"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132007: (400, "Template format character policy violated"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132018: (400, "Invalid parameters in template"),
    132068: (400, "Flow is blocked"),
    132069: (400, "Flow is throttled"),
    133010: (400, "Phone number not registered"),
    133005: (400, "Two step verification PIN mismatch"),
    135000: (400, "Generic user error"),
    137000: (400, "Identity key hash mismatch"),
}
DETAILS = {
    131047: "Message failed to send because more than 24 hours have passed since the customer last replied to "
    "this number.",
    131026: "Message Undeliverable.",
    131056: "Message failed to send because there were too many messages sent from this phone number to the same "
    "phone number in a short period of time. Wait and retry.",
    130429: "Message failed to send because there were too many messages sent from this phone number in a short "
    "period of time.",
    190: "The session has been invalidated or has expired.",
}  # fmt: skip
HELP = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


class GraphError(Exception):
    """A refusal, in Meta's words. Branch on `code`; `http` follows from it unless given."""

    def __init__(self, code: int, details: str = "", *, http: int | None = None, message: str | None = None,
                 subcode: int | None = None, title: str | None = None, retry_after: int | None = None):  # fmt: skip
        status, words = CATALOGUE.get(code, (400, "An error occurred"))
        self.code, self.http, self.subcode = code, http or status, subcode
        self.details = details or DETAILS.get(code, words)
        self.message = message or f"(#{code}) {words}"
        self.title = title
        self.headers = {"WWW-Authenticate": "OAuth"} if self.http == 401 else {}
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)
        super().__init__(self.message)

    def body(self) -> dict:
        error = {"message": self.message, "type": kind(self.code, self.subcode), "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.title:  # the management API speaks to people
            error.update(is_transient=False, error_user_title=self.title, error_user_msg=self.details)
        elif self.code not in (100, 190) or self.details != self.message:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": error}


def kind(code: int, subcode: int | None) -> str:
    return "GraphMethodException" if subcode == 33 else "OAuthException"


def unknown_object(identifier: str, method: str) -> GraphError:
    """What Meta says of an id that does not exist or is not yours: it does not tell which."""
    message = (
        f"Unsupported {method.lower()} request. Object with ID '{identifier}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api"
    )
    return GraphError(100, message, message=message, subcode=33)


def async_error(code: int, details: str = "") -> dict:
    """An entry of a failed status's `errors`."""
    words = CATALOGUE.get(code, (400, "An error occurred"))[1]
    details = details or DETAILS.get(code, words)
    return {"code": code, "title": words, "message": words, "error_data": {"details": details}, "href": HELP}
