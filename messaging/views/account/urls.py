"""The addresses of a person's own pages."""

from django.urls import path

from . import (
    api_keys,
    devices,
    exports,
    help_pages,
    passkeys,
    passwords,
    proof,
    second_step,
    settings,
    sign_in,
    single_sign_on,
    two_step,
)

urlpatterns = [
    path("accounts/login/", sign_in.LoginView.as_view(), name="login"),
    path("accounts/login/verify/", second_step.second_step, name="second-step"),
    path("accounts/login/passkey/", passkeys.sign_in, name="passkey-sign-in"),
    path(
        "accounts/login/passkey/options/", passkeys.sign_in_options, name="passkey-sign-in-options"
    ),
    path("accounts/sso/", single_sign_on.start, name="sign-on"),
    path("accounts/sso/callback/", single_sign_on.callback, name="sign-on-callback"),
    path("accounts/logout/", sign_in.LogoutView.as_view(), name="logout"),
    path(
        "accounts/password_change/", passwords.PasswordChangeView.as_view(), name="password_change"
    ),
    path("accounts/password_reset/", passwords.PasswordResetView.as_view(), name="password_reset"),
    path(
        "accounts/password_reset/done/",
        passwords.PasswordResetDoneView.as_view(),
        name="password_reset_done",
    ),
    path(
        "accounts/reset/<uidb64>/<token>/",
        passwords.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "accounts/reset/done/",
        passwords.PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
    path("help/", help_pages.help_page, name="help"),
    path("help/<slug:slug>/", help_pages.help_page, name="help-page"),
    path("settings/", settings.personal_settings, name="settings"),
    path("settings/exports/", exports.exports, name="exports"),
    path("settings/exports/<int:export_id>/<slug:table>/", exports.download, name="export-file"),
    path("settings/exports/<int:export_id>/", exports.delete, name="export-delete"),
    path("settings/keys/", api_keys.api_keys, name="keys"),
    path("settings/keys/<int:key_id>/revoke/", api_keys.revoke, name="revoke-key"),
    path("settings/devices/", devices.devices, name="devices"),
    path(
        "settings/devices/sign-out-others/",
        devices.sign_out_everywhere_else,
        name="devices-sign-out",
    ),
    path("settings/devices/<slug:mark>/sign-out/", devices.sign_out, name="device-sign-out"),
    path("settings/theme/", settings.switch_theme, name="theme"),
    # All that is open to somebody whose time is over: OPEN_WHEN_OVERDUE of the auth backend.
    path("settings/two-step/", two_step.two_step, name="two-step"),
    path("settings/two-step/confirm/", proof.confirm, name="two-step-confirm"),
    path("settings/two-step/authenticator/", two_step.authenticator, name="two-step-authenticator"),
    path(
        "settings/two-step/authenticator/remove/",
        two_step.remove_authenticator,
        name="two-step-authenticator-remove",
    ),
    path("settings/two-step/codes/", two_step.recovery_codes, name="two-step-codes"),
    path("settings/two-step/passkeys/", passkeys.add, name="passkey-add"),
    path("settings/two-step/passkeys/options/", passkeys.add_options, name="passkey-add-options"),
    path(
        "settings/two-step/passkeys/<int:passkey_id>/remove/",
        passkeys.remove,
        name="passkey-remove",
    ),
]
