"""The pages of django-allauth that we offer. None of them works with a clinic's rows, so none opens a scope."""

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from .access import member_required
from .middleware import outside_clinic

urlpatterns = [
    path("login/", outside_clinic(views.login), name="account_login"),
    path("logout/", outside_clinic(views.logout), name="account_logout"),
    path("inactive/", outside_clinic(views.account_inactive), name="account_inactive"),
    path(
        "password/change/",
        outside_clinic(member_required(views.password_change)),
        name="account_change_password",
    ),
    path("password/reset/", outside_clinic(views.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/", outside_clinic(views.password_reset_done), name="account_reset_password_done"
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        outside_clinic(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        outside_clinic(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("reauthenticate/", outside_clinic(views.reauthenticate), name="account_reauthenticate"),
    path("2fa/", outside_clinic(RedirectView.as_view(pattern_name="clinics:security")), name="mfa_index"),
    path("2fa/authenticate/", outside_clinic(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", outside_clinic(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/app/add/", outside_clinic(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/app/remove/", outside_clinic(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "2fa/codes/", outside_clinic(never_cache(codes.view_recovery_codes)), name="mfa_view_recovery_codes"
    ),
    path("2fa/codes/new/", outside_clinic(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path(
        "2fa/passkeys/",
        outside_clinic(RedirectView.as_view(pattern_name="clinics:security")),
        name="mfa_list_webauthn",
    ),
    path("2fa/passkeys/add/", outside_clinic(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/passkeys/login/", outside_clinic(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/",
        outside_clinic(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "2fa/passkeys/<int:pk>/remove/", outside_clinic(passkeys.remove_webauthn), name="mfa_remove_webauthn"
    ),
    path("2fa/passkeys/<int:pk>/name/", outside_clinic(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    # allauth's own pages name these two; clinics begin at our own page, and everybody has a password.
    path(
        "signup/", outside_clinic(RedirectView.as_view(pattern_name="clinics:sign_up")), name="account_signup"
    ),
    path(
        "password/set/",
        outside_clinic(RedirectView.as_view(pattern_name="account_change_password")),
        name="account_set_password",
    ),
]
