"""Labels of the codes under which refused calls to our webhook are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

REFUSALS: Final[dict[str, StrPromise]] = {
    "wrong_path_secret": gettext_lazy("The secret part of the address was wrong."),
    "method": gettext_lazy("It was no POST."),
    "content_encoding": gettext_lazy("Its body was compressed."),
    "empty": gettext_lazy("It had no body."),
    "length_required": gettext_lazy("It did not say how long its body was."),
    "too_large": gettext_lazy("Its body was too large."),
    "too_slow": gettext_lazy("Its body came too slowly."),
    "broken_body": gettext_lazy("Its body broke off."),
    "unsigned_on_bare_path": gettext_lazy(
        "It was not signed, and came to the address without the secret part."
    ),
    "unsigned_not_accepted": gettext_lazy(
        "It was not signed, and WEBHOOK_ACCEPT_UNSIGNED refuses that."
    ),
    "unsigned_json": gettext_lazy("It was JSON without a signature."),
    "address_not_allowed": gettext_lazy(
        "It was not signed, and came from outside WEBHOOK_ALLOWED_NETWORKS."
    ),
    "no_access_key": gettext_lazy("It was signed, and NXCLOUD_ACCESS_KEY is not set here."),
    "no_secret": gettext_lazy("It was signed, and NXCLOUD_ACCESS_SECRET is not set here."),
    "missing_header": gettext_lazy("A header of the signature was missing."),
    "bad_access_key": gettext_lazy("It was signed for another access key."),
    "bad_action": gettext_lazy("Its signed header names no kind of push that there is."),
    "bad_biz_type": gettext_lazy("It was signed for another product than DID numbers."),
    "bad_ts": gettext_lazy("The time of its signature cannot be read."),
    "bad_algorithm": gettext_lazy("It was signed in a way that is not known here."),
    "bad_sign_grammar": gettext_lazy("Its signature does not look like one."),
    "bad_sign": gettext_lazy("Its signature was wrong. Compare the access secrets."),
    "too_old": gettext_lazy("It was signed longer ago than WEBHOOK_MAX_AGE allows."),
    "too_new": gettext_lazy("It was signed in the future. Compare the clocks."),
}


def refusal_labels(reason: str) -> str:
    """Return what a reason means, "" for a word that is not ours."""
    return str(REFUSALS.get(reason, ""))
