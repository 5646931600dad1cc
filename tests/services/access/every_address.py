"""Every address of the product with what it takes to use it, for the test that walks them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from messaging.policy import Action

#: Without signing in.
PUBLIC = "public"
#: Anyone who is signed in: it is about themselves, or shows no more than their numbers.
SIGNED_IN = "signed in"
#: People who may create what all use; saved replies are not of one number.
READ, REPLY, ORGANIZE = Action.READ, Action.REPLY, Action.ORGANIZE
EXPORT, REPORT, ADMINISTER = Action.EXPORT, Action.REPORT, Action.ADMINISTER
TEAM_REPORT, IMPORT = Action.TEAM_REPORT, Action.IMPORT

Need = Action | str


@dataclass(frozen=True)
class Probe:
    """One request.

    Attributes:
        need: what it takes.
        method: of HTTP.
        data: what is posted, or asked in the address; values are formatted with the world's ids.
        is_of_number: the address names something of one number: others find nothing there.
        html: the request as a fragment of a page.
    """

    need: Need
    method: str = "GET"
    data: dict[str, Any] = field(default_factory=dict)
    is_of_number: bool = False
    html: bool = False


def get(need: Need, **data: Any) -> list[Probe]:
    return [Probe(need, data=data)]


def post(need: Need, **data: Any) -> list[Probe]:
    return [Probe(need, "POST", data)]


def of_number(*probes: list[Probe]) -> list[Probe]:
    return [
        Probe(each.need, each.method, each.data, is_of_number=True, html=each.html)
        for group in probes
        for each in group
    ]


#: By the name of the address; the admin's are all for administrators and not listed.
PROBES: dict[str, list[Probe]] = {
    # Machines
    "webhook-signed": [],  # a secret or a signature: views/machines/test_webhook
    "webhook": [],
    "webhook-nowhere": [],
    "healthz": get(PUBLIC),
    "readyz": get(PUBLIC),
    "metrics": get(ADMINISTER),
    "live-stream": [],  # endless: views/machines/test_live
    "live-poll": get(SIGNED_IN),
    # Accounts
    "login": get(PUBLIC),
    "sign-on": [],  # not set up here: views/account/test_single_sign_on
    "sign-on-callback": [],
    "logout": [],  # views/account/test_sign_in
    "password_reset": get(PUBLIC),
    "password_reset_done": get(PUBLIC),
    "password_reset_confirm": get(PUBLIC),
    "password_reset_complete": get(PUBLIC),
    "password_change": get(SIGNED_IN),
    "settings": get(SIGNED_IN),
    "second-step": [],  # after the password: views/account/test_second_step
    "two-step": get(SIGNED_IN),
    "two-step-confirm": get(SIGNED_IN),
    "two-step-authenticator": get(SIGNED_IN),
    "two-step-authenticator-remove": [],  # lately proved: views/account/test_two_step
    "two-step-codes": get(SIGNED_IN),
    "passkey-add": [],  # lately proved: browser/test_passkeys
    "passkey-add-options": [],
    "passkey-remove": [],
    "passkey-sign-in": [],
    "passkey-sign-in-options": post(PUBLIC),
    "help": get(PUBLIC),
    "help-page": [],  # by their slugs: views/account/test_help_pages
    "keys": get(SIGNED_IN),
    "exports": get(EXPORT),
    "export-file": [],  # of its owner: views/account/test_exports
    "export-delete": [],
    "revoke-key": [],  # of its owner: views/account/test_api_keys
    "devices": get(SIGNED_IN),
    "device-sign-out": [],  # of its owner: views/account/test_devices
    "devices-sign-out": post(SIGNED_IN),
    "theme": post(SIGNED_IN, theme="dark"),
    "set_language": post(PUBLIC, language="en"),
    "manifest": get(PUBLIC),
    # The inbox
    "home": [],  # a redirect
    "inbox": get(SIGNED_IN),
    "conversation": of_number(get(READ)),
    "sidebar-part": get(SIGNED_IN),
    "list-part": get(SIGNED_IN),
    "palette": get(SIGNED_IN, q="x"),
    "notices": get(SIGNED_IN),
    "picker": of_number(get(ORGANIZE, conversation="{conversation}")),
    "replies": get(SIGNED_IN),
    "new-saved-reply": get(Action.CREATE_SHARED),
    "saved-reply": get(Action.CREATE_SHARED),
    "delete-saved-reply": post(ADMINISTER),
    "bulk": [],  # each conversation by itself: services/inbox/test_bulk
    "bulk-matching": get(SIGNED_IN),
    "bulk-labels": post(SIGNED_IN, conversations="{conversation}"),
    "bulk-time": get(SIGNED_IN, when="tomorrow"),
    "bulk-undo": [],
    # A conversation
    "new-conversation": get(REPLY),
    "saved-replies": of_number(get(REPLY, sender="{number}")),
    "dialed-number": get(SIGNED_IN, phone="34"),
    "thread-part": of_number(get(READ)),
    "older-part": of_number(get(READ)),
    "understood-time": of_number(get(READ, when="tomorrow")),
    "conversation-print": of_number(get(EXPORT)),
    "conversation-csv": of_number(get(EXPORT)),
    "conversation-reply": of_number(post(REPLY, reply="Hello")),
    "conversation-note": of_number(post(ORGANIZE, note="Look")),
    "conversation-draft": of_number(post(ORGANIZE, reply="Hel")),
    "conversation-presence": of_number(post(READ)),
    "conversation-read": of_number(post(READ)),
    "conversation-unread": of_number(post(READ)),
    "conversation-assign": of_number(post(ORGANIZE, assignee="none")),
    "conversation-close": of_number(post(ORGANIZE)),
    "conversation-reopen": of_number(post(ORGANIZE)),
    "conversation-snooze": of_number(post(ORGANIZE, when="tomorrow 9:00")),
    "conversation-settle": of_number(post(ORGANIZE)),
    "conversation-labels": of_number(post(ORGANIZE, add="{label}")),
    "conversation-contact": of_number(post(Action.EDIT_CONTACTS, name="Elena")),
    "conversation-opt-out": of_number(post(Action.OPT_OUT)),
    "conversation-opt-in": of_number(post(Action.OPT_OUT, reason="asked")),
    "conversation-no-opt-out": of_number(post(Action.OPT_OUT, message="{inbound}")),
    "conversation-block": of_number(post(Action.OPT_OUT)),
    "conversation-unblock": of_number(post(Action.OPT_OUT)),
    "conversation-undo": of_number(post(ORGANIZE, token="x")),
    "note-edit": of_number(post(ORGANIZE, content="Look here")),
    "note-delete": of_number(post(ORGANIZE)),
    "message": of_number(get(READ)),
    "message-record": of_number(get(READ)),
    "message-share": of_number(get(EXPORT)),
    "message-cancel": of_number(post(REPLY)),
    "message-resend": of_number(post(REPLY)),
    "message-send-now": of_number(post(REPLY)),
    "message-reschedule": of_number(post(REPLY, when="tomorrow", content="x")),
    "message-redact": of_number(post(Action.REDACT, content="***")),
    "message-dealt-with": of_number(post(ORGANIZE)),
    # Contacts
    "contacts": get(SIGNED_IN),
    "new-contact": get(Action.EDIT_CONTACTS)
    + post(Action.EDIT_CONTACTS, number="{number}", phone="+34699888777"),
    "contact": of_number(get(READ)) + of_number(post(Action.EDIT_CONTACTS, name="Elena")),
    "contact-export": of_number(get(EXPORT)),
    "contact-merge": of_number(get(Action.EDIT_CONTACTS)),
    "contact-separate": [],  # of who has several numbers: views/contacts/test_merge
    "contact-hold": get(ADMINISTER) + post(ADMINISTER, reason="A lawsuit"),
    "contact-erase": get(ADMINISTER),
    # Imports
    "imports": get(IMPORT),
    "new-import": get(IMPORT),
    "import": [],  # of its owner: views/imports/test_pages
    "import-columns": [],
    "import-confirm": [],
    "import-undo": [],
    "import-discard": [],
    "import-rejected": [],
    # Reports
    "reports": [],  # a redirect
    "report": get(REPORT),
    "report-chart": get(REPORT),
    "report-csv": get(REPORT) + get(EXPORT),
    # The API
    "api:root": get(SIGNED_IN),
    "api:schema": get(SIGNED_IN),
    "api:docs": get(SIGNED_IN),
    "api:unknown": [],
    "api-unknown": [],
    "api:health": get(SIGNED_IN),
    "api:changes": get(SIGNED_IN),
    "api:sending": get(ADMINISTER),
    "api:sending-resume": post(ADMINISTER),
    "api:report-messages": get(REPORT),
    "api:report-responses": get(REPORT),
    "api:report-delivery": get(REPORT),
    "api:report-cost": get(TEAM_REPORT),
    "api:number-list": get(SIGNED_IN) + post(ADMINISTER, number="8615088887777"),
    "api:number-detail": of_number(get(READ))
    + of_number([Probe(ADMINISTER, "PATCH", {"label": "Desk"})]),
    "api:contact-list": get(SIGNED_IN)
    + post(Action.EDIT_CONTACTS, phone="+34699888777", name="Elena"),
    "api:contact-field-list": get(SIGNED_IN),
    "api:contact-export": of_number(get(EXPORT)),
    "api:contact-erase": post(ADMINISTER),
    "api:contact-merge": of_number(post(Action.EDIT_CONTACTS, contact="{contact}")),
    "api:contact-separate": of_number(post(Action.EDIT_CONTACTS)),
    "api:contact-detail": of_number(
        get(READ), [Probe(Action.EDIT_CONTACTS, "PATCH", {"name": "Elena"})]
    ),
    "api:conversation-list": get(SIGNED_IN),
    "api:conversation-detail": of_number(
        get(READ), [Probe(ORGANIZE, "PATCH", {"status": "closed"})]
    ),
    "api:conversation-messages": of_number(get(READ)),
    "api:conversation-notes": of_number(post(ORGANIZE, content="Look")),
    "api:message-list": get(SIGNED_IN)
    + post(REPLY, sender="{digits}", phone="+34612345678", content="Hello"),
    "api:message-bulk": [],  # each message by itself: api/test_bulk
    "api:message-estimate": [],  # the same, and nothing is sent
    "api:message-detail": of_number(get(READ)),
    "api:message-record": of_number(get(READ)),
    "api:message-cancel": of_number(post(REPLY)),
    "api:message-resend": of_number(post(REPLY)),
    "api:message-redact": of_number(post(Action.REDACT, content="***")),
    "api:audit-list": get(ADMINISTER),
    "api:audit-detail": get(ADMINISTER),
    "api:export-list": get(SIGNED_IN) + post(EXPORT),
    "api:export-detail": [],  # of its owner: api/test_exports
    "api:export-file": [],
    "api:key-list": get(SIGNED_IN) + post(SIGNED_IN),  # of oneself; an empty body is refused
    "api:key-detail": [],  # of its owner: services/access/test_api_keys
    "api:push-list": get(ADMINISTER),
    "api:push-detail": get(ADMINISTER),
    "api:push-replay": post(ADMINISTER),
}
#: A page or figures of nothing, for somebody without any number.
EMPTY_FOR_STRANGERS = {
    "new-conversation",
    "new-saved-reply",
    "saved-reply",
    "api:report-messages",
    "api:report-responses",
    "api:report-delivery",
    "api:report-cost",
}


@dataclass(frozen=True)
class Address:
    """An address of the product.

    Attributes:
        name: as `reverse` takes it; "" for one without.
        parameters: the names in its path.
        methods: those that a view of the API has; empty for a page.
    """

    name: str
    parameters: frozenset[str]
    methods: frozenset[str]


def every_address() -> list[Address]:
    """Return all addresses but the admin's, from the resolver."""
    return [
        address
        for pattern in get_resolver().url_patterns
        if not str(pattern.pattern).startswith(("admin/", "favicon"))
        for address in _addresses(pattern, "")
    ]


def _addresses(pattern: URLPattern | URLResolver, space: str) -> list[Address]:
    if isinstance(pattern, URLResolver):
        inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
        return [each for part in pattern.url_patterns for each in _addresses(part, inner)]
    view: Any = pattern.callback
    methods = set(getattr(view, "actions", None) or ())
    if hasattr(view, "cls"):
        methods = {
            name
            for name in methods or view.cls.http_method_names
            if name in {"get", "post", "patch", "put", "delete"}
            and name in view.cls.http_method_names
            and (methods or hasattr(view.cls, name))
        }
    return [
        Address(
            f"{space}{pattern.name}" if pattern.name else "",
            frozenset(pattern.pattern.regex.groupindex),
            frozenset(name.upper() for name in methods),
        )
    ]
