"""Keep a text that a plain form brings after its writer's session has ended."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import render

from .htmx import is_htmx
from .responses import next_page, wants_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = Callable[..., HttpResponse]


def keeps_text(field: str) -> Callable[[View], View]:
    """Ask for a session as ``login_required`` does, and give the text back where there is none.

    A browser with our script keeps the text by itself; a plain form would lose it on the way to
    the sign-in page. The answer is 401 with a page that shows the text, to copy it from.

    Args:
        field: the name of the form's field that holds the text.
    """

    def decorate(view: View) -> View:
        signed_in_only = login_required(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            answer: HttpResponse = signed_in_only(request, *args, **kwargs)
            text = request.POST.get(field, "")
            is_plain = not (wants_json(request) or is_htmx(request))
            if request.user.is_authenticated or not is_plain or not text.strip():
                return answer
            page = next_page(request, otherwise=settings.LOGIN_REDIRECT_URL)
            context = {"text": text, "next": page}
            return render(request, "account/unsent.html", context, status=401)

        return guarded

    return decorate
