from django.urls import include, path

urlpatterns = [
    path("accounts/", include("clinics.account_urls")),
    path("api/v1/", include("clinic_inbox.api_urls")),
    path("", include("clinics.urls")),
    path("", include("integrations.urls")),
    path("settings/templates/", include("inbox.template_urls")),
    path("settings/replies/", include("inbox.reply_urls")),
    path("settings/answering/", include("inbox.rule_urls")),
    path("settings/", include("inbox.upkeep_urls")),
    path("", include("inbox.urls")),
]

handler400 = "clinic_inbox.errors.bad_request"
handler403 = "clinic_inbox.errors.forbidden"
handler404 = "clinic_inbox.errors.not_found"
handler500 = "clinic_inbox.errors.server_error"
