from django.urls import path

from .views import upkeep

app_name = "upkeep"
urlpatterns = [
    path("health/", upkeep.health, name="health"),
    path("health/replay/", upkeep.replay, name="replay"),
    path("retention/", upkeep.retention, name="retention"),
]
