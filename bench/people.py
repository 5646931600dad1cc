"""Somebody who is signed in, for measurements that fetch pages."""

from collections.abc import Mapping, Sequence

from tests.processes import run_manage

_SIGN_IN = """
from django.conf import settings
from django.contrib.auth import get_user_model
from messaging.services.access.sessions import SessionStore
for name in {names}:
    user = get_user_model().objects.create_superuser(name, "", "bench pass phrase")
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[-1]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    print("SESSION", session.session_key)
"""


def cookies_of(names: Sequence[str], *, env: Mapping[str, str]) -> list[str]:
    """Make administrators and return the Cookie header of a session of each."""
    printed = run_manage("shell", "-v0", "-c", _SIGN_IN.format(names=list(names)), env=env)
    lines = [line for line in printed.splitlines() if line.startswith("SESSION ")]
    return [f"sessionid={line.removeprefix('SESSION ').strip()}" for line in lines]


def cookie_of(name: str, *, env: Mapping[str, str]) -> str:
    """Make an administrator and return the Cookie header of a session of theirs."""
    return cookies_of([name], env=env)[0]


_MAKE_CALLER = """
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token
user = get_user_model().objects.create_superuser("{name}", "", "bench pass phrase")
print("TOKEN", Token.objects.create(user=user).key)
"""


def token_of(name: str, *, env: Mapping[str, str]) -> str:
    """Make an administrator and return a token of theirs for the API."""
    printed = run_manage("shell", "-v0", "-c", _MAKE_CALLER.format(name=name), env=env)
    line = next(line for line in printed.splitlines() if line.startswith("TOKEN "))
    return line.removeprefix("TOKEN ").strip()
