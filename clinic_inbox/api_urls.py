"""`/api/v1/`: the resources of every app, and their description."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include("inbox.api.urls")),
]
