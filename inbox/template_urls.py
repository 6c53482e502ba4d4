from django.urls import path

from .views import template_settings

app_name = "templates"
urlpatterns = [
    path("", template_settings.templates, name="list"),
    path("sync/", template_settings.sync, name="sync"),
]
