from django.urls import path

from . import views

app_name = "integrations"
urlpatterns = [
    path("settings/channels/", views.channels, name="channels"),
    path("settings/channels/connect/", views.connect, name="connect"),
    path("settings/channels/<uuid:pk>/", views.channel, name="channel"),
    path("settings/channels/<uuid:pk>/check/", views.check, name="check"),
    path("settings/channels/<uuid:pk>/access-token/", views.replace_token, name="replace_token"),
    path("settings/channels/<uuid:pk>/app-secret/", views.rotate_secret, name="rotate_secret"),
    path("settings/channels/<uuid:pk>/app-secret/forget/", views.forget_secret, name="forget_secret"),
    path("settings/channels/<uuid:pk>/pause/", views.pause, name="pause"),
    path("settings/channels/<uuid:pk>/resume/", views.resume, name="resume"),
]
