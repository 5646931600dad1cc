"""The command that makes a key."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from messaging.models import ApiKey, AuditEntry
from messaging.services.access.key_lookup import key_of
from tests.factories import make_did, make_user

pytestmark = pytest.mark.django_db


def test_the_key_is_alone_on_the_last_line():
    ana, did, out = make_user("ana"), make_did(), StringIO()
    did.members.add(ana)

    call_command(
        "create_key",
        "ana",
        "--name=shop",
        "--scopes=messages:send, messages:read",
        f"--numbers={did.number}",
        "--days=90",
        "--requests-per-minute=60",
        stdout=out,
    )

    key = key_of(out.getvalue().splitlines()[-1])
    assert key is not None
    assert (key.user, key.name, key.scope_words) == (
        ana,
        "shop",
        ["messages:read", "messages:send"],
    )
    assert (key.number_ids, key.requests_per_minute) == ({did.pk}, 60)
    assert (key.expires_at - key.created_at).days == 90
    assert AuditEntry.objects.get(action="key_created").via == "command"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nobody", "--scopes=messages:read"),
        ("ana", "--scopes=everything"),
        ("ana", "--scopes=,"),
        ("ana", "--scopes=messages:read", "--numbers=8615088880000"),
        ("ana", "--scopes=messages:read", "--days=0"),
        ("ana", "--scopes=messages:read", "--requests-per-minute=-1"),
    ],
)
def test_what_cannot_be_used_makes_no_key(arguments):
    make_user("ana")

    with pytest.raises(CommandError):
        call_command("create_key", *arguments, "--name=shop", stdout=StringIO())

    assert not ApiKey.objects.exists()
