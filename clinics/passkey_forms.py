"""allauth's forms for passkeys; what no browser would send is a wrong answer to them, not an error."""

import struct

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

UNREADABLE = (
    KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, struct.error,
    InvalidSignature, UnsupportedAlgorithm,
)  # fmt: skip


def _incorrect(cause: Exception):
    raise get_adapter().validation_error("incorrect_code") from cause


class AddPasskey(forms.AddWebAuthnForm):
    def clean(self):
        try:
            return super().clean()
        except UNREADABLE as cause:
            _incorrect(cause)


class _Readable:
    def clean_credential(self):
        try:
            return super().clean_credential()
        except UNREADABLE as cause:
            _incorrect(cause)


class AuthenticateWithPasskey(_Readable, forms.AuthenticateWebAuthnForm):
    """The second step."""


class SignInWithPasskey(_Readable, forms.LoginWebAuthnForm):
    """Instead of the password and the second step."""


class ReauthenticateWithPasskey(_Readable, forms.ReauthenticateWebAuthnForm):
    """Before a change."""
