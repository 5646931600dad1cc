"""All addresses of the site."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path


def favicon(request: HttpRequest) -> HttpResponse:
    """Send browsers that ask for the old name (on pages of the admin) to our icon."""
    return redirect(static("messaging/img/icon.svg"))


urlpatterns = [
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("messaging.urls")),
]

handler400 = "didsms_site.http.errors.bad_request"
handler500 = "didsms_site.http.errors.server_error"
