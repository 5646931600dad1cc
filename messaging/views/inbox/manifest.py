"""The web app manifest: makes the inbox installable on a phone or a desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """Return what an installed inbox is called, looks like and begins with."""
    icons = [
        {
            "src": static(f"messaging/img/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
        }
        for size in (192, 512)
    ]
    maskable = {
        **icons[-1],
        "src": static("messaging/img/icon-maskable-512.png"),
        "purpose": "maskable",
    }
    vector = {"src": static("messaging/img/icon.svg"), "sizes": "any", "type": "image/svg+xml"}
    return JsonResponse(
        {
            "id": "/",
            "name": "didsms",
            "short_name": "didsms",
            "description": _("Two-way SMS on your own numbers."),
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f0f4f5",
            "theme_color": "#00727d",
            "icons": [vector, *icons, maskable],
            "shortcuts": [{"name": _("New message"), "url": "/inbox/new/"}],
        },
        content_type="application/manifest+json",
    )
