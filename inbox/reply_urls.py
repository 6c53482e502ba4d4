from django.urls import path

from .views import reply_settings

app_name = "replies"
urlpatterns = [
    path("", reply_settings.replies, name="list"),
    path("new/", reply_settings.new, name="new"),
    path("<uuid:pk>/", reply_settings.change, name="change"),
    path("<uuid:pk>/files/", reply_settings.add_file, name="add_file"),
    path("files/<uuid:pk>/remove/", reply_settings.remove_file, name="remove_file"),
    path("<uuid:pk>/delete/", reply_settings.delete, name="delete"),
    path("<uuid:pk>/restore/", reply_settings.restore, name="restore"),
]
