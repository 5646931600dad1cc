"""Somebody who is signed in, for measurements that fetch pages."""

from collections.abc import Mapping

from tests.processes import run_manage

_SIGN_IN = """
from django.conf import settings
from django.contrib.auth import get_user_model
from didsms_site.sessions import SessionStore
user = get_user_model().objects.create_superuser("{name}", "", "bench pass phrase")
session = SessionStore()
session["_auth_user_id"] = str(user.pk)
session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[-1]
session["_auth_user_hash"] = user.get_session_auth_hash()
session.create()
print("SESSION", session.session_key)
"""


def cookie_of(name: str, *, env: Mapping[str, str]) -> str:
    """Make an administrator and return the Cookie header of a session of theirs."""
    printed = run_manage("shell", "-v0", "-c", _SIGN_IN.format(name=name), env=env)
    return f"sessionid={printed.split('SESSION ')[1].strip()}"
