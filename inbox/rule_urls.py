from django.urls import path

from .views import rules

app_name = "rules"
urlpatterns = [
    path("", rules.rules, name="all"),
    path("texts/", rules.texts, name="texts"),
    path("assigning/", rules.assigning, name="assigning"),
    path("targets/", rules.targets, name="targets"),
    path("targets/<uuid:pk>/", rules.team_target, name="team_target"),
    path("on-call/", rules.on_call, name="on_call"),
    path("asking/", rules.asking, name="asking"),
    path("reasons/", rules.add_reason, name="add_reason"),
    path("reasons/<uuid:pk>/drop/", rules.drop_reason, name="drop_reason"),
    path("channels/<uuid:pk>/", rules.channel, name="channel"),
]
