"""The addresses of the inbox's pages; `/inbox/<view>/` stands last because it fits any word."""

from django.urls import include, path
from django.views.generic import RedirectView

from . import inbox
from .manifest import manifest

urlpatterns = [
    path("", RedirectView.as_view(url="/inbox/open/"), name="home"),
    path("", include("messaging.views.account_urls")),
    path("", include("messaging.views.thread_urls")),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("inbox/parts/rail/", inbox.rail_part, name="rail-part"),
    path("inbox/parts/list/", inbox.list_part, name="list-part"),
    path("inbox/", RedirectView.as_view(url="/inbox/open/")),
    path("inbox/<slug:view>/", inbox.inbox, name="inbox"),
    path("inbox/<slug:view>/<int:conversation_id>/", inbox.inbox, name="conversation"),
]
