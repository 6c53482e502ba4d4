from django.http import HttpResponse
from django.urls import path

app_name = "inbox"
urlpatterns = [path("", lambda request: HttpResponse("ok"), name="home")]
