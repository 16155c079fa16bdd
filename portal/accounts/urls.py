"""The addresses of a person's own pages."""

from django.urls import path

from portal.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("profile/", views.profile, name="profile"),
    path("password/", views.Password.as_view(), name="password"),
    path("tokens/", views.tokens_page, name="tokens"),
    path("tokens/<int:token_id>/withdraw/", views.withdraw, name="withdraw_token"),
]
