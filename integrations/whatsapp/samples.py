"""Files shown to Meta rather than sent: a profile's picture, the example in a template's header.

Source: Meta's "Resumable Upload API" page, v26.0.
"""

from integrations.events import ErrorClass, ProviderError

from . import api
from .reading import ident, text


def upload(credentials: api.Credentials, content: bytes, content_type: str, name: str = "picture") -> str:
    """Store a file with Meta; returns the handle to name it by. Raises ProviderError."""
    app_id = ident(api.debug_token(credentials).get("app_id"), 40)
    asked = {"file_name": name, "file_length": len(content), "file_type": content_type}
    session = ident(api.call(credentials, "POST", f"{app_id}/uploads", params=asked).get("id"), 2000)
    headers = {"Authorization": f"OAuth {credentials.access_token}", "file_offset": "0"}
    answer = api.call(
        credentials, "POST", session, content=content, headers=headers, seconds=api.UPLOAD_SECONDS
    )
    if not (handle := text(answer.get("h"))):
        raise ProviderError(ErrorClass.RETRY, "unreadable")
    return handle
