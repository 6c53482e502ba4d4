from django.urls import path

from . import attachments, channels, contacts, conversations, messages, replies

app_name = "api"
urlpatterns = [
    path("channels/", channels.channels, name="channels"),
    path("channels/<uuid:pk>/", channels.channel, name="channel"),
    path("templates/", channels.templates, name="templates"),
    path("saved-replies/", replies.replies, name="saved-replies"),
    path("tags/", conversations.tags, name="tags"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/find/", contacts.find, name="find-contacts"),
    path("contacts/<uuid:pk>/", contacts.contact, name="contact"),
    path("patient-fields/", contacts.patient_fields, name="patient-fields"),
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/<uuid:pk>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:pk>/messages/", messages.messages, name="messages"),
    path("conversations/<uuid:pk>/scheduled/", messages.scheduled, name="scheduled"),
    path("messages/<uuid:pk>/", messages.message, name="message"),
    path("messages/<uuid:pk>/cancel/", messages.cancel, name="cancel"),
    path("attachments/", attachments.attachments, name="attachments"),
    path("attachments/<uuid:pk>/", attachments.attachment, name="attachment"),
    path("attachments/<uuid:pk>/file/", attachments.file, name="attachment-file"),
]
