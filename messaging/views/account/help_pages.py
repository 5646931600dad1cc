"""The help pages. They hold nothing of anybody, so they are shown without signing in too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from messaging.services.help.pages import PAGES, contents, find_page, language_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def help_page(request: HttpRequest, slug: str = PAGES["receptionists"][0]) -> HttpResponse:
    """Show one page in the reader's language, or in the one that the address names."""
    language = language_of(request.GET.get("language") or translation.get_language() or "")
    try:
        page = find_page(slug, language=language)
    except LookupError as error:
        raise Http404 from error
    pages = contents(language=language)
    others = [choice for choice in settings.LANGUAGES if choice[0] != language]
    with translation.override(language):
        return render(
            request, "account/help.html", {"page": page, "contents": pages, "others": others}
        )
