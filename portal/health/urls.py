"""The addresses that machines ask."""

from django.urls import path

from portal.health import views

app_name = "health"
urlpatterns = [
    path("healthz", views.alive, name="alive"),
    path("readyz", views.ready, name="ready"),
    path("metrics", views.numbers, name="metrics"),
]
