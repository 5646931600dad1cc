"""The addresses of the inbox's pages.

What open pages fetch all day is first; `/inbox/<view>/` is last because it fits any word.
"""

from django.urls import include, path
from django.views.generic import RedirectView

from messaging.views.shared import typed_times

from . import bulk, lists, parts, pickers, saved_replies
from .manifest import manifest

urlpatterns = [
    path("inbox/parts/sidebar/", lists.sidebar_part, name="sidebar-part"),
    path("inbox/parts/list/", lists.list_part, name="list-part"),
    path("", RedirectView.as_view(url="/inbox/open/"), name="home"),
    path("", include("messaging.views.account.urls")),
    path("", include("messaging.views.thread.urls")),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("inbox/parts/palette/", parts.palette, name="palette"),
    path("inbox/parts/notices/", parts.notices, name="notices"),
    path("inbox/pickers/<slug:kind>/", pickers.picker, name="picker"),
    path("inbox/replies/", saved_replies.replies, name="replies"),
    path("inbox/replies/new/", saved_replies.edit, name="new-saved-reply"),
    path("inbox/replies/<int:reply_id>/", saved_replies.edit, name="saved-reply"),
    path("inbox/replies/<int:reply_id>/delete/", saved_replies.delete, name="delete-saved-reply"),
    path("inbox/bulk/", bulk.change, name="bulk"),
    path("inbox/bulk/matching/", bulk.matching, name="bulk-matching"),
    path("inbox/bulk/labels/", bulk.labels, name="bulk-labels"),
    path("inbox/bulk/time/", typed_times.for_many, name="bulk-time"),
    path("inbox/bulk/undo/", bulk.take_back, name="bulk-undo"),
    path("inbox/", RedirectView.as_view(url="/inbox/open/")),
    path("inbox/<slug:view>/", lists.inbox, name="inbox"),
    path("inbox/<slug:view>/<int:conversation_id>/", lists.inbox, name="conversation"),
]
