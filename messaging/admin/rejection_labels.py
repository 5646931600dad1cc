"""Labels of the codes under which rejected requests to the webhook are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

REJECTIONS: Final[dict[str, StrPromise]] = {
    "wrong_path_secret": gettext_lazy("The secret part of the URL was wrong."),
    "method": gettext_lazy("Not a POST request."),
    "content_encoding": gettext_lazy("Its body was compressed."),
    "empty": gettext_lazy("It had no body."),
    "length_required": gettext_lazy("Content-Length missing."),
    "too_large": gettext_lazy("Its body was too large."),
    "too_slow": gettext_lazy("Its body arrived too slowly."),
    "broken_body": gettext_lazy("Its body was cut off."),
    "unsigned_on_bare_path": gettext_lazy(
        "It wasn’t signed, and came to the URL without the secret part."
    ),
    "unsigned_not_accepted": gettext_lazy(
        "It wasn’t signed, and WEBHOOK_ACCEPT_UNSIGNED refuses that."
    ),
    "unsigned_json": gettext_lazy("It was JSON without a signature."),
    "address_not_allowed": gettext_lazy(
        "It wasn’t signed, and came from outside WEBHOOK_ALLOWED_NETWORKS."
    ),
    "no_access_key": gettext_lazy("It was signed, but NXCLOUD_ACCESS_KEY isn’t set here."),
    "no_secret": gettext_lazy("It was signed, but NXCLOUD_ACCESS_SECRET isn’t set here."),
    "missing_header": gettext_lazy("A header of the signature was missing."),
    "bad_access_key": gettext_lazy("It was signed for another access key."),
    "bad_action": gettext_lazy("Its signed header names an unknown type of push."),
    "bad_biz_type": gettext_lazy("It was signed for a product other than DID numbers."),
    "bad_ts": gettext_lazy("Its signature time can’t be read."),
    "bad_algorithm": gettext_lazy("It was signed with an unknown method."),
    "bad_sign_grammar": gettext_lazy("Malformed signature."),
    "bad_sign": gettext_lazy("Its signature was wrong. Compare the access secrets."),
    "too_old": gettext_lazy("It was signed longer ago than WEBHOOK_MAX_AGE allows."),
    "too_new": gettext_lazy("It was signed in the future. Compare the clocks."),
}


def rejection_label(reason: str) -> str:
    """Return what a reason means, "" for a word that is not ours."""
    return str(REJECTIONS.get(reason, ""))
