from django.urls import path

from .views import contacts, conversations, emergency, handling, media, messages, styleguide, templates

app_name = "inbox"
urlpatterns = [
    path("", conversations.home, name="home"),
    path("conversations/", conversations.conversation_list, name="list"),
    path("conversations/rows/", conversations.rows, name="rows"),
    path("conversations/<uuid:pk>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:pk>/older/", conversations.older, name="older"),
    path("conversations/<uuid:pk>/news/", conversations.news, name="news"),
    path("conversations/<uuid:pk>/messages/", messages.send, name="send"),
    path("conversations/<uuid:pk>/read/", messages.read, name="read"),
    path("conversations/<uuid:pk>/typing/", messages.typing, name="typing"),
    path("conversations/<uuid:pk>/assign/", handling.assign, name="assign"),
    path("conversations/<uuid:pk>/close/", handling.close, name="close"),
    path("conversations/<uuid:pk>/reopen/", handling.reopen, name="reopen"),
    path("conversations/<uuid:pk>/snooze/", handling.snooze, name="snooze"),
    path("conversations/<uuid:pk>/sensitive/", handling.sensitive, name="sensitive"),
    path("conversations/<uuid:pk>/emergency/", emergency.open_sealed, name="emergency"),
    path("conversations/<uuid:pk>/unread/", handling.unread, name="unread"),
    path("conversations/<uuid:pk>/templates/", templates.templates, name="templates"),
    path("conversations/<uuid:pk>/templates/<uuid:template_pk>/", templates.template, name="template"),
    path("conversations/<uuid:pk>/attachments/", media.upload, name="upload"),
    path("media/<uuid:pk>/", media.media, name="media"),
    path("media/<uuid:pk>/thumbnail/", media.thumbnail, name="thumbnail"),
    path("messages/<uuid:pk>/retry/", messages.retry, name="retry"),
    path("messages/<uuid:pk>/reaction/", messages.react, name="react"),
    path("contacts/<uuid:pk>/", contacts.contact, name="contact"),
    path("emergency/", emergency.look_up, name="look_up"),
    path("settings/emergency/", emergency.log, name="emergencies"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
