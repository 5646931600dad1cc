"""Keys: what is kept of them, whom they sign in, and how far they reach."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import (
    ApiKey,
    AuditEntry,
    Contact,
    Conversation,
    DidNumber,
    Membership,
    Message,
    StaffAccess,
    is_administrator,
    rights_of,
    stand_in,
)
from messaging.policy import Action, Role
from messaging.services.access.api_keys import (
    MOST_KEYS,
    NewKey,
    TooManyKeys,
    create_key,
    digest_of,
    keys_seen_by,
    revoke_key,
)
from messaging.services.access.key_lookup import key_of, note_use, write_last_uses
from messaging.services.access.permissions import actions_on, check_may
from messaging.services.access.scopes import MEANING, Scope, limits_for
from messaging.services.errors import InvalidInput
from messaging.services.feed.program_feed import FeedCursor, changes_since
from messaging.services.reports.access import reported_numbers, reported_person
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def new_key(owner, *scopes, numbers=None, **more):
    wanted = NewKey(name="shop", scopes=scopes or list(Scope), numbers=numbers, **more)
    return create_key(wanted, owner=owner, by=owner, at=NOW)


def caller_with(owner, *scopes, numbers=None):
    """The owner as a call with the key brings them."""
    _row, text = new_key(owner, *scopes, numbers=numbers)
    found = key_of(text)
    assert found is not None
    return found.user


def test_only_the_digest_and_the_beginning_of_a_key_are_kept():
    ana = make_user("ana")

    row, text = new_key(ana, "messages:read")

    row.refresh_from_db()
    assert (row.prefix, row.digest) == (text[:15], digest_of(text))
    kept = [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]
    assert [value for value in kept if text[15:] in value] == []


def test_a_key_brings_its_owner_whole_with_its_limits():
    ana, did = make_user("ana"), make_did()
    StaffAccess.objects.create(user=ana, everywhere=Role.AGENT, may_export=False)
    _row, text = new_key(ana, "messages:send", numbers=[did.number])

    found = key_of(text)

    ana.refresh_from_db()
    columns = [field.attname for field in ana._meta.concrete_fields]
    assert [getattr(found.user, name) for name in columns] == [
        getattr(ana, name) for name in columns
    ]
    assert rights_of(found.user).numbers == {did.pk}
    assert rights_of(found.user).actions == {Action.READ, Action.REPLY}
    assert (rights_of(found.user).everywhere, rights_of(found.user).may_export) == ("agent", False)


@pytest.mark.parametrize("text", ["", "didsms_", "didsms_" + "0" * 64, "didsms_é", "a\0b", "x" * 9])
def test_what_is_no_key_finds_nobody(text):
    new_key(make_user("ana"))

    assert key_of(text) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["messages:read", "everything"]}, "scopes"),
        ({"numbers": ["8615088880000"]}, "numbers"),
        ({"numbers": ["\0"]}, "numbers"),
        ({"expires_at": NOW}, "expires_at"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(change, field):
    ana = make_user("ana")
    make_did("8615088880000")  # not one of hers

    with pytest.raises(InvalidInput) as refused:
        create_key(
            NewKey(**{"name": "shop", "scopes": ["messages:read"], **change}),
            owner=ana,
            by=ana,
            at=NOW,
        )

    assert (refused.value.field, ApiKey.objects.exists()) == (field, False)


def test_a_key_that_is_made_with_a_key_reaches_no_further():
    boss, here, there = make_user("boss", is_staff=True), make_did(), make_did("8615088880000")
    first, _text = new_key(
        boss,
        "keys:manage",
        "messages:read",
        numbers=[here.number],
        expires_at=NOW + timedelta(days=1),
    )

    def make(**change):
        wanted = {"scopes": ["messages:read"], "expires_at": NOW + timedelta(hours=1)}
        new = NewKey(name="second", **(wanted | change))
        return create_key(new, owner=boss, by=boss, at=NOW, made_with=first)[0]

    assert make().number_ids == {here.pk}
    for change in (
        {"scopes": ["messages:send"]},
        {"numbers": [there.number]},
        {"expires_at": None},
        {"expires_at": NOW + timedelta(days=2)},
    ):
        with pytest.raises(InvalidInput):
            make(**change)


@pytest.mark.parametrize(
    ("first", "wanted", "usual", "limit"),
    [
        (10, None, 600, 10),
        (10, 0, 600, 10),
        (10, 20, 600, 10),
        (10, 5, 600, 5),
        (1000, None, 600, None),
        (None, 0, 600, None),
        (None, 700, 600, None),
        (None, 5, 600, 5),
        (0, 700, 600, 700),
        (None, 700, 0, 700),
    ],
)
def test_nor_is_it_used_more_often(settings, first, wanted, usual, limit):
    settings.API_REQUESTS_PER_MINUTE = usual
    boss = make_user("boss", is_staff=True)
    with_it, _text = new_key(boss, "keys:manage", requests_per_minute=first)
    new = NewKey(name="second", scopes=["keys:manage"], requests_per_minute=wanted)

    made, _text = create_key(new, owner=boss, by=boss, at=NOW, made_with=with_it)

    assert made.requests_per_minute == limit


def test_nobody_has_more_keys_than_anybody_needs():
    ana = make_user("ana")
    for number in range(MOST_KEYS):
        ApiKey.objects.create(user=ana, name="x", digest=str(number), scopes="", created_at=NOW)

    with pytest.raises(TooManyKeys):
        new_key(ana)
    ApiKey.objects.filter(digest="1").update(revoked_at=NOW)

    assert new_key(ana)


def test_making_and_revoking_a_key_is_in_the_audit_log_once():
    ana = make_user("ana")
    row, text = new_key(ana, "messages:read")

    revoke_key(key=row, by=ana, at=NOW)
    revoke_key(key=row, by=ana, at=NOW)

    entries = AuditEntry.objects.order_by("pk").values_list("action", "object_type", "object_name")
    assert list(entries) == [
        ("key_created", "apikey", f"shop ({text[:15]}…)"),
        ("key_revoked", "apikey", f"shop ({text[:15]}…)"),
    ]


def test_people_see_their_own_keys_and_administrators_all_but_those_of_superusers():
    ana, boss = make_user("ana"), make_user("boss", is_staff=True)
    root = make_user("root", is_superuser=True)
    for owner in (ana, boss, root):
        new_key(owner)

    seen = {
        user.username: set(keys_seen_by(user).values_list("user__username", flat=True))
        for user in (ana, boss, root)
    }

    assert seen == {
        "ana": {"ana"},
        "boss": {"ana", "boss"},
        "root": {"ana", "boss", "root"},
    }


def test_the_last_use_is_written_once_a_minute():
    row, _text = new_key(make_user("ana"))

    def used(seconds):
        note_use(ApiKey.objects.get(pk=row.pk), at=NOW + timedelta(seconds=seconds))
        written = write_last_uses()
        return written, (ApiKey.objects.get(pk=row.pk).last_used_at - NOW).seconds

    assert [used(0), used(30), used(60), used(61)] == [(1, 0), (0, 0), (1, 60), (0, 60)]


def test_a_use_that_another_process_wrote_within_the_minute_is_not_written_again():
    row, _text = new_key(make_user("ana"))
    note_use(row, at=NOW + timedelta(seconds=20))
    ApiKey.objects.filter(pk=row.pk).update(last_used_at=NOW)

    assert write_last_uses() == 0


def test_every_scope_says_what_it_is_for():
    assert set(MEANING) == set(Scope)


def test_a_scope_that_is_unknown_allows_nothing():
    assert limits_for(scopes=["everything"], numbers=None).actions == {Action.READ}


@pytest.mark.parametrize("kind", ["administrator", "supervisor", "agent", "member"])
def test_a_key_for_one_number_finds_nothing_of_another(kind):
    here, there = make_did(), make_did("8615088880000")
    owner = make_user("owner", is_staff=kind == "administrator")
    if kind == "member":
        for did in (here, there):
            Membership.objects.create(didnumber=did, user=owner, role="supervisor")
    elif kind != "administrator":
        StaffAccess.objects.create(user=owner, everywhere=kind)
    ours, theirs = make_inbound(here), make_inbound(there, phone="34612345679")

    user = caller_with(owner, numbers=[here.number])

    assert not is_administrator(user)
    assert list(DidNumber.objects.visible_to(user)) == [here]
    assert list(Message.objects.visible_to(user)) == [ours]
    assert list(Conversation.objects.visible_to(user)) == [ours.conversation]
    assert list(Contact.objects.known_to(user)) == [ours.conversation.contact]
    assert {entry.message for entry in changes_since(FeedCursor(), user=user).entries} == {ours.pk}
    if kind != "agent":
        assert reported_numbers(user) == [here]
        assert reported_person(user, numbers=[here]) is None
    check_may(Action.REPLY, ours, user=user)
    with pytest.raises(Exception, match="role"):
        check_may(Action.REPLY, theirs, user=user)
    assert actions_on(theirs, user=user) == frozenset()
    assert Action.ADMINISTER not in actions_on(ours, user=user)


def test_a_key_does_what_its_scopes_are_for_and_never_more_than_its_owner():
    did = make_did()
    boss, viewer = make_user("boss", is_staff=True), make_user("eve")
    Membership.objects.create(didnumber=did, user=viewer, role="viewer")
    thread = make_conversation(did)

    reads = caller_with(boss, "messages:read")
    sends = caller_with(boss, "messages:send")
    hers = caller_with(viewer)

    assert actions_on(thread, user=reads) == {Action.READ}
    assert actions_on(thread, user=sends) == {Action.READ, Action.REPLY}
    assert actions_on(thread, user=hers) == actions_on(thread, user=viewer)


def test_a_statement_that_is_kept_is_kept_for_the_limits_of_a_key_too():
    ana, did = make_user("ana"), make_did()
    Membership.objects.create(didnumber=did, user=ana, role="agent")
    user = caller_with(ana, "messages:read", numbers=[did.number])

    assert rights_of(stand_in(user.pk, rights_of(user))) == rights_of(user)
