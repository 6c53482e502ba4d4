"""Our rules for django-allauth: nobody signs up without an invitation."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail; accounts are made by accepting an invitation or by the command line."""

    def is_open_for_signup(self, request) -> bool:
        return False
