from django.urls import path

from .views import channels, connect, onboarding, profile

app_name = "integrations"
urlpatterns = [
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/connect/", connect.connect, name="connect"),
    path("settings/channels/connect/simulator/", connect.connect_simulator, name="connect_simulator"),
    path("settings/channels/connect/meta/", onboarding.sign_up, name="sign_up"),
    path("settings/channels/connect/meta/<uuid:pk>/", onboarding.onboarding, name="onboarding"),
    path("settings/channels/connect/meta/<uuid:pk>/give-up/", onboarding.give_up, name="give_up"),
    path("settings/channels/<uuid:pk>/", channels.channel, name="channel"),
    path("settings/channels/<uuid:pk>/profile/", profile.profile, name="profile"),
    path("settings/channels/<uuid:pk>/access-token/", channels.replace_token, name="replace_token"),
    path("settings/channels/<uuid:pk>/app-secret/", channels.rotate_secret, name="rotate_secret"),
    path("settings/channels/<uuid:pk>/app-secret/forget/", channels.forget_secret, name="forget_secret"),
    path("settings/channels/<uuid:pk>/pause/", channels.pause, name="pause"),
    path("settings/channels/<uuid:pk>/resume/", channels.resume, name="resume"),
    path("settings/channels/<uuid:pk>/disconnect/", channels.disconnect, name="disconnect"),
]
