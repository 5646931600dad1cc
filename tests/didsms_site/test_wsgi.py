"""A process that serves has loaded everything before its first request."""

import importlib

from django.urls import clear_url_caches, get_resolver

from didsms_site import wsgi


def test_views_are_loaded_before_the_first_request():
    clear_url_caches()
    assert "url_patterns" not in vars(get_resolver())

    importlib.reload(wsgi)
    assert "url_patterns" in vars(get_resolver())
