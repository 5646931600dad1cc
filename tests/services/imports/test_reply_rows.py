"""Saved replies from a file follow the rules of the form."""

import pytest
from django.utils import timezone

from messaging.models import CannedReply, ImportRow
from messaging.services.imports import reply_rows
from messaging.services.imports.jobs import undo
from tests.factories import make_did, make_user
from tests.services.imports.files import checked, imported, make_supervisor, outcomes, work

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def boss(db):
    return make_supervisor(make_did())


def replies(text, boss, **more):
    return imported(text, by=boss, kind="saved_replies", **more)


def stored():
    return sorted(CannedReply.objects.values_list("shortcut", "content", "owner", "did_number"))


def take_back(job, by):
    undo(job, by=by, at=timezone.now())
    work()
    return list(ImportRow.objects.filter(job=job).values_list("state", "reason"))


def test_new_replies_are_shared_and_others_get_the_new_text(boss):
    CannedReply.objects.create(shortcut="Hello", content="Hi")
    CannedReply.objects.create(shortcut="bye", content="Bye")

    job = replies("shortcut,text\n/hello,Good day\nbye,Bye\nwait,One moment\n", boss)

    assert [row[1] for row in outcomes(job)] == ["change", "same", "create"]
    assert stored() == [
        ("Hello", "Good day", None, None),
        ("bye", "Bye", None, None),
        ("wait", "One moment", None, None),
    ]


def test_private_ones_belong_to_the_person_and_new_ones_to_the_number(boss):
    did = make_did()

    replies("shortcut,text\nmine,Hello\n", boss, is_private=True, did=did)

    assert stored() == [("mine", "Hello", boss.pk, did.pk)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(",Hello there", "no_shortcut", id="no shortcut"),
        pytest.param("two words,Hello", "bad_shortcut", id="a space"),
        pytest.param(f"{'x' * 31},Hello", "bad_shortcut", id="a long shortcut"),
        pytest.param("a,\u200b", "no_text", id="nothing to see"),
        pytest.param(f"a,{'x' * 1001}", "text_too_long", id="a long text"),
        pytest.param("a,Hello {name}", "unknown_variable", id="an unknown variable"),
        pytest.param("taken,Hello", "taken", id="of a number that they don't see"),
    ],
)
def test_what_the_form_refuses_is_invalid(boss, row, reason):
    CannedReply.objects.create(shortcut="Taken", content="x", did_number=make_did("447700900123"))

    job = checked(f"shortcut,text\n{row}\n", by=boss, kind="saved_replies")

    assert outcomes(job) == [(2, "invalid", reason)]


def test_the_private_reply_of_somebody_else_does_not_show(boss):
    CannedReply.objects.create(shortcut="mine", content="x", owner=make_user())

    job = checked("shortcut,text\nmine,Hello\n", by=boss, kind="saved_replies")

    assert outcomes(job) == [(2, "create", "")]


def test_an_undo_restores_what_nobody_edited_since(boss):
    CannedReply.objects.create(shortcut="hello", content="Hi")
    job = replies("shortcut,text\nhello,Good day\nwait,One moment\nlater,Later\ngone,x\n", boss)
    CannedReply.objects.filter(shortcut="later").update(content="Edited")
    CannedReply.objects.filter(shortcut="gone").delete()

    assert take_back(job, boss) == [
        ("undone", ""),
        ("undone", ""),
        ("left", "left_edited"),
        ("left", "left_gone"),
    ]
    assert [row[:2] for row in stored()] == [("hello", "Hi"), ("later", "Edited")]


@pytest.mark.database
def test_two_shortcuts_that_the_database_takes_for_one_stop_nothing(boss, monkeypatch):
    # As İx and ix are for PostgreSQL in many languages.
    monkeypatch.setattr(reply_rows, "is_taken", lambda *, shortcut, owner: (
        CannedReply.objects.filter(shortcut__startswith=shortcut[:1]).exists()
    ))  # fmt: skip
    job = replies("shortcut,text\nxa,one\nxb,two\ny,three\n", boss)

    assert job.state == "done"
    assert outcomes(job) == [(2, "create", ""), (3, "invalid", "taken"), (4, "create", "")]


@pytest.mark.database
def test_shortcuts_in_odd_letters_stop_nothing(boss):
    job = replies("shortcut,text\nİx,one\nix,two\nSTRASSE,3\nStraße,4\n", boss)

    assert job.state == "done"
