"""The live stream's address."""

from django.urls import path

from portal.web import events

app_name = "web"
urlpatterns = [path("events", events.stream, name="events")]
