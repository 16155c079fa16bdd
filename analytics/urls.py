"""The portal's pages of analytics."""

from django.urls import path

from analytics.views import data

app_name = "analytics"
urlpatterns = [path("", data.data, name="data")]
