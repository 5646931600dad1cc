"""The addresses of a person's own pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from . import account

urlpatterns = [
    path("accounts/login/", account.LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password_change/", account.PasswordChangeView.as_view(), name="password_change"),
    path("accounts/password_reset/", account.PasswordResetView.as_view(), name="password_reset"),
    path(
        "accounts/password_reset/done/",
        account.PasswordResetDoneView.as_view(),
        name="password_reset_done",
    ),
    path(
        "accounts/reset/<uidb64>/<token>/",
        account.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "accounts/reset/done/",
        account.PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
    path("settings/", account.personal_settings, name="settings"),
    path("settings/theme/", account.switch_theme, name="theme"),
]
