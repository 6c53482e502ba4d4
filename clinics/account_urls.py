"""The pages of django-allauth that we offer. None of them works with a clinic's rows, so none opens a scope."""

from allauth.account import views
from django.urls import path, re_path
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
    # allauth's own pages name these two; nobody signs up here, and everybody has a password.
    path(
        "signup/", outside_clinic(RedirectView.as_view(pattern_name="account_login")), name="account_signup"
    ),
    path(
        "password/set/",
        outside_clinic(RedirectView.as_view(pattern_name="account_change_password")),
        name="account_set_password",
    ),
]
