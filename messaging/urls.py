"""The addresses of the messaging app."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from messaging.api.root import UnknownPathView
from messaging.views.machines.health import healthz, metrics, readyz
from messaging.views.machines.live import poll, stream
from messaging.views.machines.webhook import nowhere, webhook

urlpatterns: list[URLPattern | URLResolver] = [
    # The last slash is optional: a redirect would lose the push.
    re_path(r"^webhooks/nxcloud/?$", webhook, name="webhook-signed"),
    # A token from `openssl rand -base64` may hold slashes: what is left of the path is the token.
    re_path(r"^webhooks/nxcloud/(?P<token>.+?)/?\Z", webhook, name="webhook"),
    re_path(r"^webhooks/nxcloud/", nowhere, name="webhook-nowhere"),
    re_path(r"^healthz/?$", healthz, name="healthz"),
    re_path(r"^readyz/?$", readyz, name="readyz"),
    re_path(r"^metrics/?$", metrics, name="metrics"),
    path("api/v1/", include("messaging.api.urls")),
    re_path(r"^api(?:/[\s\S]*)?$", UnknownPathView.as_view(), name="api-unknown"),
    path("live/stream", stream, name="live-stream"),
    path("live/poll/", poll, name="live-poll"),
    path("contacts/", include("messaging.views.contacts.urls")),
    path("imports/", include("messaging.views.imports.urls")),
    path("reports/", include("messaging.views.reports.urls")),
    path("", include("messaging.views.inbox.urls")),
]
