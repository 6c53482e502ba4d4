from django.urls import path

from .views import audit, details, hours, invitation, members, own, security, sign_up, teams, tokens
from .views.shortcuts import shortcuts

app_name = "clinics"
urlpatterns = [
    path("settings/", own.settings, name="settings"),
    path("settings/profile/", own.profile, name="profile"),
    path("settings/availability/", own.availability, name="availability"),
    path("settings/shortcuts/", shortcuts, name="shortcuts"),
    path("settings/security/", security.security, name="security"),
    path("settings/security/sign-out-elsewhere/", security.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("settings/clinic/", own.switch_clinic, name="switch"),
    path("settings/details/", details.details, name="details"),
    path("settings/hours/", hours.hours, name="hours"),
    path("settings/hours/always/", hours.always, name="hours_always"),
    path("settings/hours/days/", hours.set_day, name="set_day"),
    path("settings/hours/days/<uuid:pk>/delete/", hours.forget_day, name="forget_day"),
    path("settings/members/", members.members, name="members"),
    path("settings/members/invite/", members.invite, name="invite"),
    path("settings/members/<uuid:pk>/role/", members.role, name="role"),
    path("settings/members/<uuid:pk>/work/", members.work, name="work"),
    path("settings/members/<uuid:pk>/deactivate/", members.deactivate, name="deactivate"),
    path("settings/members/<uuid:pk>/reactivate/", members.reactivate, name="reactivate"),
    path("settings/members/<uuid:pk>/second-factor/", members.forget_factor, name="reset_second_factor"),
    path("settings/invitations/<uuid:pk>/withdraw/", members.withdraw, name="withdraw"),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/create/", teams.create, name="create_team"),
    path("settings/teams/<uuid:pk>/", teams.change, name="change_team"),
    path("settings/teams/<uuid:pk>/delete/", teams.delete, name="delete_team"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/create/", tokens.create, name="create_token"),
    path("settings/tokens/<uuid:pk>/revoke/", tokens.revoke, name="revoke_token"),
    path("settings/audit/", audit.log, name="audit"),
    path("settings/audit/export/", audit.export, name="export_audit"),
    path("sign-up/", sign_up.sign_up, name="sign_up"),
    path("sign-up/clinic/", sign_up.begin, name="begin"),
    path("sign-up/<str:token>/", sign_up.sign_up_link, name="sign_up_link"),
    path("invitation/", invitation.accept, name="accept"),
    path("invitation/<uuid:clinic_id>/<str:token>/", invitation.invitation, name="invitation"),
]
