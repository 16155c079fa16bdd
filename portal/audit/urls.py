"""The ledger's addresses."""

from django.urls import path

from portal.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.ledger_page, name="ledger"),
    path("export/<str:kind>/", views.export, name="export"),
    path("verify/", views.verify, name="verify"),
]
