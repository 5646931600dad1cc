"""Checks of the settings, for Django's system checks and the admin's home page."""

from __future__ import annotations

import itertools
import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _

from messaging.services.mail.background import can_mail_links, has_mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

SHORTEST_TOKEN: Final = 12
#: Of SECRET_KEY: shorter ones, and those of fewer different characters, can be guessed in time …
SHORTEST_KEY: Final = 32
FEWEST_CHARACTERS: Final = 10
#: … and these at once; as a WEBHOOK_TOKEN they let anybody write texts in a customer's name.
SHORTEST_USABLE_KEY: Final = 16
FEWEST_USABLE_CHARACTERS: Final = 5
SHORTEST_USABLE_TOKEN: Final = 6
#: Files of VAR_DIR that are looked at; a spool may hold many.
MOST_FILES_SEEN: Final = 100
#: What does nothing without OIDC_ISSUER.
_OF_SIGN_ON: Final = (
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_NAME",
    "OIDC_GROUPS",
    "OIDC_BREAK_GLASS",
)
_FOR_OTHERS: Final = stat.S_IROTH | stat.S_IWOTH


@dataclass(frozen=True)
class Flaw:
    """Something that an administrator should put right.

    Attributes:
        code: stable word.
        message: what is wrong.
        hint: how to fix it.
        is_certain: false when there can be a good reason for it: only the admin mentions it.
        is_serious: whether nothing should run like this in production.
    """

    code: str
    message: str
    hint: str
    is_certain: bool = True
    is_serious: bool = False


def log_flaws() -> None:
    """Write what is certainly wrong into the log, for those who run no `manage.py check`."""
    for flaw in flaws():
        if flaw.is_certain:
            level = logging.ERROR if flaw.is_serious else logging.WARNING
            logger.log(level, "%s %s", flaw.message, flaw.hint)


def flaws() -> list[Flaw]:
    """Return everything that seems wrong with the settings."""
    return [
        *_folder_flaws(),
        *_account_flaws(),
        *_key_flaws(),
        *_token_flaws(),
        *_host_flaws(),
        *_address_flaws(),
        *_mail_flaws(),
        *_sign_on_flaws(),
    ]


def _folder_flaws() -> Iterator[Flaw]:
    folder = Path(settings.VAR_DIR)
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        yield Flaw(
            "var_dir",
            _("VAR_DIR isn’t writable: pushes can’t be saved while the database is down."),
            _("Create the folder, and give it to the user that runs didsms."),
        )
    elif _is_open_to_others(folder):
        yield Flaw(
            "var_dir_open",
            _("Other users of the server can read files in VAR_DIR."),
            _("Run: chmod -R go-rwx %(folder)s") % {"folder": folder},
        )


def _is_open_to_others(folder: Path) -> bool:
    """Tell whether somebody else gets at a file: into the folder, and then at what is in it."""
    try:
        if not folder.stat().st_mode & stat.S_IXOTH:
            return False
        some = list(itertools.islice(folder.iterdir(), MOST_FILES_SEEN))
        return any(path.lstat().st_mode & _FOR_OTHERS for path in some if not path.is_symlink())
    except OSError:
        return False


def _account_flaws() -> Iterator[Flaw]:
    has_key, has_secret = bool(settings.NXCLOUD_ACCESS_KEY), bool(settings.NXCLOUD_ACCESS_SECRET)
    if has_key != has_secret:
        missing = "NXCLOUD_ACCESS_SECRET" if has_key else "NXCLOUD_ACCESS_KEY"
        yield Flaw(
            "half_credentials",
            _("%(name)s is missing: NXCloud will refuse every message.") % {"name": missing},
            _("Copy both from the NXCloud console."),
        )
    elif not has_key:
        yield Flaw(
            "credentials",
            _(
                "NXCloud credentials are missing: nothing can be sent,"
                " and no signed push is trusted."
            ),
            _("Set NXCLOUD_ACCESS_KEY and NXCLOUD_ACCESS_SECRET from the NXCloud console."),
            is_certain=False,
        )


def _key_flaws() -> Iterator[Flaw]:
    for name, keys in (
        ("SECRET_KEY", [settings.SECRET_KEY]),
        ("SECRET_KEY_FALLBACKS", settings.SECRET_KEY_FALLBACKS),
    ):
        length = min(map(len, keys), default=SHORTEST_KEY)
        kinds = min((len(set(key)) for key in keys), default=FEWEST_CHARACTERS)
        if length < SHORTEST_KEY or kinds < FEWEST_CHARACTERS:
            yield Flaw(
                f"weak_{name.lower()}",
                _("%(name)s can be guessed: anyone who does can sign in as anyone.")
                % {"name": name},
                _("Use 50 random characters; .env.example says how to make them."),
                is_serious=length < SHORTEST_USABLE_KEY or kinds < FEWEST_USABLE_CHARACTERS,
            )


def _host_flaws() -> Iterator[Flaw]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Flaw(
            "allowed_hosts",
            _("ALLOWED_HOSTS is *: the site responds to any host name."),
            _("List the hosts that this site responds to."),
        )


def _token_flaws() -> Iterator[Flaw]:
    message = _("%(name)s is short enough to be guessed.")
    hint = _("Use at least 12 random characters.")
    for name in ("WEBHOOK_TOKEN", "METRICS_TOKEN"):
        length = len(getattr(settings, name))
        if 0 < length < SHORTEST_TOKEN:
            yield Flaw(
                f"short_{name.lower()}",
                message % {"name": name},
                hint,
                is_serious=length < SHORTEST_USABLE_TOKEN,
            )
    if not _fits_in_an_address(settings.WEBHOOK_TOKEN):
        yield Flaw(
            "webhook_token_in_address",
            _("WEBHOOK_TOKEN can’t be part of a URL: pushes to it may not arrive."),
            _("Use letters, digits and visible signs, with no slash at either end."),
        )


def _fits_in_an_address(token: str) -> bool:
    """Tell whether every client and proxy hands a token over as it is, once it is quoted.

    They shorten "." and ".." between slashes and take slashes together; many refuse what cannot
    be printed. Everything else, "/", "?", "#" and "%" too, arrives.
    """
    parts = token.split("/")
    is_shortened = len(parts) > 1 and not {"", ".", ".."}.isdisjoint(parts)
    return token.isprintable() and not is_shortened and token not in {".", ".."}


def _address_flaws() -> Iterator[Flaw]:
    if not settings.PUBLIC_BASE_URL:
        yield Flaw(
            "public_base_url",
            _("PUBLIC_BASE_URL isn’t set: the webhook URL shown may be wrong."),
            _("Set it to the site’s public address, such as https://sms.example.com."),
            is_certain=False,
        )
    elif settings.SECURE_SSL_REDIRECT and not settings.TRUSTED_PROXY_COUNT:
        yield Flaw(
            "trusted_proxy_count",
            _(
                "TRUSTED_PROXY_COUNT is 0 with HTTPS: behind a proxy,"
                " each page redirects to itself."
            ),
            _("Set TRUSTED_PROXY_COUNT to the number of proxies in front, usually 1."),
            is_certain=False,
        )


def _mail_flaws() -> Iterator[Flaw]:
    if not has_mail_server():
        yield Flaw(
            "mail_server",
            _("No mail server is set: no one gets email, and a forgotten password needs you."),
            _("Set EMAIL_URL. Until then, create a one-time link on a colleague’s page."),
            is_certain=False,
        )
    elif not can_mail_links():
        yield Flaw(
            "mail_links",
            _("PUBLIC_BASE_URL isn’t set: email can’t carry links to this site."),
            _("Set it. Until then, create a one-time link on a colleague’s page."),
            is_certain=False,
        )


def _is_set(name: str) -> bool:
    return bool(getattr(settings, name))


def _scopes() -> list[str]:
    return settings.OIDC_SCOPES.replace(",", " ").split()


def _sign_on_flaws() -> Iterator[Flaw]:
    if settings.OIDC_ISSUER and not settings.PUBLIC_BASE_URL:
        yield Flaw(
            "sign_on_address",
            _("PUBLIC_BASE_URL isn’t set: single sign-on doesn’t know where to lead people back."),
            _("Set it, and register its address at the provider."),
        )
    if not settings.OIDC_ISSUER and (without := [name for name in _OF_SIGN_ON if _is_set(name)]):
        yield Flaw(
            "sign_on_without_issuer",
            _("OIDC_ISSUER isn’t set, so %(names)s has no effect.") % {"names": ", ".join(without)},
            _("Set OIDC_ISSUER, or remove the others."),
        )
    if settings.OIDC_ISSUER and not settings.OIDC_CLIENT_SECRET:
        yield Flaw(
            "sign_on_secret",
            _("OIDC_CLIENT_SECRET isn’t set: most providers will refuse every sign-in."),
            _("Copy it from the provider. A public client needs none."),
            is_certain=False,
        )
    if settings.OIDC_ISSUER.endswith("/.well-known/openid-configuration"):
        yield Flaw(
            "sign_on_issuer",
            _("OIDC_ISSUER is the address of the discovery document, not the issuer."),
            _("Remove /.well-known/openid-configuration from its end."),
        )
    if settings.OIDC_ISSUER and settings.OIDC_SCOPES and "openid" not in _scopes():
        yield Flaw(
            "sign_on_scopes",
            _("OIDC_SCOPES doesn’t hold openid: nobody can sign in with the provider."),
            _("Add openid, or remove OIDC_SCOPES."),
        )
    if settings.OIDC_ONLY and not settings.OIDC_BREAK_GLASS:
        yield Flaw(
            "no_break_glass",
            _("OIDC_ONLY is on, and no account can sign in while the provider is down."),
            _("Name an account or two in OIDC_BREAK_GLASS."),
        )
