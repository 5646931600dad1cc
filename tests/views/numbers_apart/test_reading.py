"""Nothing that a member of one number reads tells of another."""

import re

import pytest
from django.core import mail
from django.test import Client

from messaging.api.urls import router
from messaging.models import Change
from messaging.services.inbox.query import PLAIN_VIEWS
from messaging.services.team.email_notifications import email_what_waits
from tests.api.conftest import client_of
from tests.views.numbers_apart.two_worlds import (
    ELENA,
    FIRST,
    LATER,
    STRANGER,
    THEIRS,
    TOM,
    UNLIKELY,
    Answers,
    World,
    compare,
    plain,
    taken_back,
)

pytestmark = pytest.mark.django_db

WORDS = ("plan", "elena", "secret", "tom", "memo", "note", "london", "346", "612345678", "hello")
VIEWS = PLAIN_VIEWS
#: All that the worlds hold lies in them.
DAYS = "from=2026-11-01&to=2026-12-31&tz=UTC"


def pages(world: World) -> list[str]:
    found = [f"/inbox/{view}/" for view in VIEWS]
    found += [f"/inbox/all/?sort=waiting&label={world.label.pk}", "/inbox/all/?unread=1"]
    found += [f"/inbox/label-{world.label.pk}/", f"/inbox/number-{world.ours.pk}/"]
    found += [f"/inbox/number-{world.theirs.pk}/", f"/inbox/all/?number={world.theirs.pk}"]
    found += ["/inbox/all/?assignee=bob", "/inbox/all/?assignee=nobody-like-this"]
    for word in WORDS:
        found += [f"/inbox/all/?q={word}", f"/inbox/parts/palette/?q={word}"]
        found += [f"/inbox/bulk/matching/?view=all&q={word}"]
        found += [f"/inbox/bulk/matching/?view=all&count=1&q={word}"]
    found += [f"/inbox/parts/list/?view={view}" for view in VIEWS]
    found += ["/inbox/parts/sidebar/", "/settings/", "/inbox/new/"]
    for number in (world.ours, world.theirs):
        found += [f"/inbox/parts/saved-replies/?sender={number.pk}"]
    for phone in (ELENA, TOM, STRANGER, UNLIKELY, "34699999999"):
        found += [f"/inbox/new/?sender={world.ours.pk}&phone={phone}"]
        found += [f"/inbox/new/?sender={world.theirs.pk}&phone={phone}"]
    for row in (world.first, world.tom, world.ours_of_elena, world.last):
        found += [
            f"/inbox/open/{row.pk}/",
            f"/inbox/parts/thread/{row.pk}/",
            f"/inbox/parts/thread/{row.pk}/older/?before={world.sent.pk}",
            f"/conversations/{row.pk}/print/",
            f"/conversations/{row.pk}/export/",
            f"/inbox/pickers/assign/?conversation={row.pk}",
            f"/inbox/pickers/label/?conversation={row.pk}",
            f"/inbox/pickers/number/?conversation={row.pk}",
        ]
    found += [f"/messages/{world.sent.pk}/", f"/messages/{world.scheduled.pk}/"]
    their_message = world.elena.last_message_id
    found += [f"/inbox/open/{world.elena.pk}/", f"/conversations/{world.elena.pk}/print/"]
    found += [f"/messages/{their_message}/", f"/conversations/{world.elena.pk}/export/"]
    for pk in (world.sent.pk, their_message):
        found += [f"/messages/{pk}/record/", f"/messages/{pk}/record/share/"]
    for report in ("messages", "responses", "delivery", "cost", "opt-outs"):
        found += [f"/reports/{report}/?{DAYS}", f"/reports/{report}/?{DAYS}&number={THEIRS}"]
    found += ["/inbox/parts/notices/", "/inbox/parts/notices/?message=0&notification=0"]
    found += [f"/inbox/parts/notices/?message={world.sent.pk}&notification=0"]
    newest_of_ours = Change.objects.filter(did_number_id=world.ours.pk).latest("pk").pk
    found += ["/live/poll/?since=1", f"/live/poll/?since={newest_of_ours}"]
    found += ["/healthz", "/inbox/pickers/assign/?number=" + str(world.theirs.pk)]
    return found


@pytest.mark.database  # Searches are cut off in SQL of their own.
@pytest.mark.nightly_on_postgresql
def test_no_page_tells_of_another_number(world):
    client = Client()
    client.force_login(world.ana)

    def read() -> Answers:
        return {address: plain(client.get(address)) for address in pages(world)}

    answers = compare(world, read)

    assert "Tom" in answers["/inbox/all/"][2]
    assert [status for status, _headers, _text in answers.values() if status >= 500] == []


@pytest.mark.nightly
def test_no_fragment_tells_of_another_number(world):
    client = Client()
    client.force_login(world.ana)
    whole = [
        address for address in pages(world) if re.match("/(inbox/(?!bulk|parts)|messages)", address)
    ]

    def read() -> Answers:
        found = {}
        for address in whole:
            for part in ("options",) if "pickers" in address else ("main-pane", "workspace"):
                headers = {"HX-Request": "true", "HX-Target": part}
                found[f"{part} {address}"] = plain(client.get(address, headers=headers))
        return found

    compare(world, read)


def resources(world: World) -> list[str]:
    root = "/api/v1/"
    found = [root, f"{root}numbers/", f"{root}schema/", f"{root}pushes/", f"{root}sending/"]
    lists = ("contacts", "conversations", "messages")
    found += [f"{root}{name}/" for name, _view, _basename in router.registry]
    found += [f"{root}{name}/?page_size=1" for name in lists]
    found += [f"{root}{name}/?q={word}" for name in lists[:2] for word in WORDS]
    for phone in (ELENA, TOM, STRANGER, UNLIKELY, FIRST):
        found += [f"{root}contacts/?phone={phone}", f"{root}messages/?phone={phone}"]
        found += [f"{root}conversations/?q={phone}"]
    for query in (
        "status=closed",
        "assignee=none",
        f"number={THEIRS}",
        "unread=1",
        "unread=1&status=open",
        "needs_reply=1",
        "label=VIP",
    ):
        found += [f"{root}conversations/?{query}"]
    found += [f"{root}messages/?number={THEIRS}", f"{root}messages/?after=0"]
    found += [f"{root}messages/?conversation={world.elena.pk}", f"{root}messages/?status=failed"]
    found += [f"{root}numbers/{world.ours.pk}/", f"{root}numbers/{world.theirs.pk}/"]
    for row in (world.first, world.tom, world.ours_of_elena, world.last, world.elena):
        found += [
            f"{root}conversations/{row.pk}/",
            f"{root}conversations/{row.pk}/messages/",
            f"{root}contacts/{row.contact_id}/",
            f"{root}contacts/{row.pk}/",
        ]
    their_message = world.elena.last_message_id
    found += [f"{root}messages/{pk}/record/" for pk in (world.sent.pk, their_message)]
    for report in ("messages", "responses", "delivery", "cost"):
        found += [
            f"{root}reports/{report}/?{DAYS}&by={keys}" for keys in ("", "number", "user,label")
        ]
        found += [f"{root}reports/{report}/?{DAYS}&number={THEIRS}"]
    found += [f"{root}health/"]
    found += [f"{root}messages/{pk}/" for pk in (world.sent.pk, world.scheduled.pk, their_message)]
    return found


def test_the_api_tells_nothing_of_another_number(world):
    api = client_of(world.ana)

    answers = compare(
        world, lambda: {address: plain(api.get(address)) for address in resources(world)}
    )

    assert '"name":"Tom"' in answers["/api/v1/contacts/"][2]
    assert [status for status, _headers, _text in answers.values() if status >= 500] == []


def test_mails_tell_nothing_of_another_number(world):
    def mailed() -> Answers:
        mail.outbox = []
        with taken_back(world):
            email_what_waits(at=LATER)
        return {"mails": [(each.subject, each.body, each.to) for each in mail.outbox]}

    compare(world, mailed)
