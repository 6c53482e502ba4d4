from django.urls import path

from .views import template_acts, template_settings, template_writing

app_name = "templates"
urlpatterns = [
    path("", template_settings.templates, name="list"),
    path("sync/", template_settings.sync, name="sync"),
    path("new/", template_writing.new, name="new"),
    path("<uuid:pk>/", template_writing.write, name="write"),
    path("<uuid:pk>/sample/file/", template_acts.sample, name="sample"),
    path("<uuid:pk>/save/", template_writing.save, name="save"),
    path("<uuid:pk>/submit/", template_writing.submit, name="submit"),
    path("<uuid:pk>/status/", template_acts.status, name="status"),
    path("<uuid:pk>/languages/", template_acts.add_language, name="add_language"),
    path("<uuid:pk>/copy/", template_acts.duplicate, name="duplicate"),
    path("<uuid:pk>/sample/", template_acts.add_sample, name="add_sample"),
    path("<uuid:pk>/sample/remove/", template_acts.drop_sample, name="drop_sample"),
    path("<uuid:pk>/discard/", template_acts.discard, name="discard"),
    path("<uuid:pk>/delete/", template_acts.delete, name="delete"),
]
