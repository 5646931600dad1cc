"""Read the environment: real variables, then `.env`, then what the quick start keeps in VAR_DIR.

A variable that is set but empty counts as set. Where empty can mean nothing (a number, a folder, an
address that must exist) the default holds.
"""

import email.utils
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

# Threads, processes, connections: more than these no machine of ours has.
MOST_OF_ANYTHING = 1000
# Of an age in seconds: more is a slip of the finger, and far more is beyond any calendar.
TEN_YEARS = 315_360_000
# Of a request's time limit: a worker that died holds its message for so long.
MOST_SECONDS_FOR_REQUEST = 600
HIGHEST_PORT = 65_535
_ROLES = ("administrator", "supervisor", "agent", "viewer")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

# django-environ follows "$NAME" inside a value; a secret may begin with "$", so plain text is read
# from os.environ and only structured values go through it.
_env = environ.Env()


def load() -> Path:
    """Fill os.environ from the two files and return VAR_DIR.

    ENV_FILE names another file than `.env`; empty means none.
    """
    env_file = os.environ.get("ENV_FILE", str(BASE_DIR / ".env"))
    if env_file and Path(env_file).is_file():
        _env.read_env(env_file)
    var_dir = folder("VAR_DIR", BASE_DIR / "var")
    generated = var_dir / "generated.env"
    try:
        if generated.is_file():
            _env.read_env(str(generated))
    except OSError as error:
        raise ImproperlyConfigured(
            f"VAR_DIR is {str(var_dir)!r}; {generated.name} in it cannot be read: {error.strerror}."
        ) from None
    return var_dir


def brings_its_key() -> bool:
    """Tell whether this is a command that a new machine runs before it has a secret key."""
    return sys.argv[1:2] in (["restore"], ["verify_backup"])


def keep_files_private() -> None:
    """Let this process, and those that it starts, make files for their owner alone.

    VAR_DIR may have been made by somebody else, open to everybody; what is in it holds texts.
    """
    os.umask(0o077)


def make_var_dir(path: Path) -> None:
    """Make the folder that `load` has named, for its owner only, unless it is there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"VAR_DIR is {str(path)!r}; this folder cannot be made: {error.strerror}."
        ) from None


@contextmanager
def refusals_in_a_line() -> Iterator[None]:
    """End the program with what is wrong with the environment, in a line and without a trace."""
    try:
        yield
    except ImproperlyConfigured as error:
        sys.exit(str(error))


def text(name: str, default: str = "") -> str:
    """Return a variable's text without surrounding white space."""
    return os.environ.get(name, default).strip()


def text_or_default(name: str, default: str) -> str:
    """Return a variable's text, or the default when it is unset or empty."""
    return text(name) or default


def flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable; an unknown word is an error rather than a silent no."""
    word = text(name).casefold()
    if not word:
        return default
    if word in {"1", "true", "yes", "on", "y", "t"}:
        return True
    if word in {"0", "false", "no", "off", "n", "f"}:
        return False
    raise ImproperlyConfigured(f"{name} is {word!r}; write true or false.")


def choice(name: str, default: str, *, choices: tuple[str, ...]) -> str:
    """Return a variable that takes one of a few words."""
    word = text_or_default(name, default).casefold()
    if word not in choices:
        raise ImproperlyConfigured(f"{name} is {word!r}; write {', '.join(choices)}.")
    return word


def integer(name: str, default: int, *, minimum: int = 0, maximum: int = MOST_OF_ANYTHING) -> int:
    """Return a variable as an integer from `minimum` to `maximum`."""
    word = text(name)
    if not word:
        return default
    try:
        number = int(word)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {word!r}; write a whole number.") from None
    if number < minimum:
        raise ImproperlyConfigured(f"{name} is {number}; the least is {minimum}.")
    if number > maximum:
        raise ImproperlyConfigured(f"{name} is {number}; the most is {maximum}.")
    return number


def seconds(name: str, default: float, *, maximum: int) -> float:
    """Return a variable as a positive number of seconds."""
    word = text(name)
    try:
        number = float(word) if word else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {word!r}; write a number of seconds.") from None
    if not number > 0:  # Also what is not a number at all (nan).
        raise ImproperlyConfigured(f"{name} is {word}; it must be more than 0.")
    if number > maximum:
        raise ImproperlyConfigured(f"{name} is {word}; the most is {maximum}.")
    return number


def comma_separated(name: str, default: str = "") -> list[str]:
    """Return a variable's items, separated by commas, without empty ones."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    """Return a variable as an absolute path; a relative one starts at the project root."""
    word = text_or_default(name, str(default))
    try:
        return BASE_DIR / Path(word).expanduser()
    except RuntimeError:
        raise ImproperlyConfigured(f"{name} is {word!r}; nobody has such a home.") from None


def http_parts(address: str) -> SplitResult | None:
    """Return the parts of an http(s) address with a host, None for anything else."""
    try:
        parts = urlsplit(address)
        is_good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # Half an IPv6 address; a port that is none.
        return None
    return parts if is_good and address.isprintable() and " " not in address else None


def address(name: str, default: str = "", *, example: str, may_have_path: bool) -> str:
    """Return a variable as an http(s) address without a last slash; "" when it is empty."""
    word = text_or_default(name, default).rstrip("/")
    parts = http_parts(word)
    if parts and "@" in parts.netloc:
        raise ImproperlyConfigured(f"{name} holds a user name; write it like {example}")
    is_more = parts and (parts.query or parts.fragment or (parts.path and not may_have_path))
    if word and (not parts or is_more):
        raise ImproperlyConfigured(f"{name} is {word!r}; write it like {example}")
    return word


def log_level(name: str, default: str) -> str:
    """Return a variable as a level that the log knows."""
    word = text_or_default(name, default).upper()
    if word not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"{name} is {word!r}; write DEBUG, INFO, WARNING or ERROR.")
    return word


def people(name: str) -> list[tuple[str, str]]:
    """Return a variable of names and mail addresses as pairs; without a name it is ""."""
    word = text(name)
    found = [pair for pair in email.utils.getaddresses([word]) if pair[1]]
    if word and not (found and all("@" in mail for _person, mail in found)):
        raise ImproperlyConfigured(
            f"{name} is {word!r}; write it like Ann <ann@example.com>, ops@example.com"
        )
    return found


def database(name: str) -> dict[str, Any]:
    """Return the database that a URL names, as Django's dictionary; empty when there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # An unknown scheme: the caller refuses it in words.
            return dict(_env.db_url_config(text(name)))
    except (ValueError, KeyError, AttributeError, ImproperlyConfigured):
        # The URL holds a password: it must not end in a trace.
        raise ImproperlyConfigured(
            f"{name} is not a database address. Examples: sqlite:////srv/didsms/didsms.sqlite3, "
            "postgres://user:password@host:5432/didsms"
        ) from None


def group_roles(name: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return a variable of groups as (group, role, numbers); without numbers it is for all.

    Written ``Front desk = agent 8615012345678 34911000000; Managers = supervisor``. A group may
    come several times; its name may hold commas and equals signs.
    """
    found = []
    for item in filter(None, (each.strip() for each in text(name).split(";"))):
        group, equals, granted = item.rpartition("=")
        role, *numbers = granted.split() or [""]
        if not equals or not group.strip() or role not in _ROLES:
            raise ImproperlyConfigured(
                f"{name} holds {item!r}; write like: Front desk = agent 8615012345678; "
                f"Admins = administrator. Roles are {', '.join(_ROLES)}."
            )
        found.append((group.strip(), role, tuple(numbers)))
    return found


def check_single_sign_on(*, issuer: str, client_id: str, is_only: bool) -> None:
    """Refuse settings of single sign-on with which nobody could sign in, or not safely."""
    if is_only and not issuer:
        raise ImproperlyConfigured("OIDC_ONLY is true, and OIDC_ISSUER is not set.")
    if issuer and not client_id:
        raise ImproperlyConfigured("OIDC_ISSUER is set, and OIDC_CLIENT_ID is not.")
    parts = urlsplit(issuer)
    if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        raise ImproperlyConfigured(f"OIDC_ISSUER is {issuer!r}; it must begin with https://.")


def mail_server(name: str, default: str) -> dict[str, Any]:
    """Return the EMAIL_* settings that a URL names; what the URL leaves open is left out."""
    try:
        config = _env.email_url_config(text_or_default(name, default))
    except (ValueError, KeyError, AttributeError, ImproperlyConfigured):
        raise ImproperlyConfigured(
            f"{name} is not a mail address. Examples: smtp+tls://user:password@host:587, "
            "consolemail://"
        ) from None
    return {key: value for key, value in config.items() if value is not None}


def time_zone(name: str, default: str) -> str:
    """Return the name of a time zone that exists."""
    zone = text_or_default(name, default)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} is {zone!r}; write a zone like Asia/Shanghai."
        ) from None
    return zone


def networks(name: str) -> list[str]:
    """Return a comma-separated variable of networks in CIDR form; a wrong one is an error."""
    found = comma_separated(name)
    for network in found:
        try:
            ip_network(network, strict=False)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} holds {network!r}; write networks like 203.0.113.0/24."
            ) from None
    return found
