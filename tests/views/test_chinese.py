"""Pages in Chinese: full-width punctuation has its space within, so none follows it."""

import re

import pytest
from django.test import Client

from messaging.models import StaffSettings
from messaging.reasons import Reason
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.conversations.drafts import store_draft
from messaging.services.conversations.notes import add_note
from messaging.services.conversations.sender_blocks import block_sender
from messaging.services.sending.circuit_breaker import open_breaker
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user

pytestmark = pytest.mark.django_db

_UNSEEN = re.compile(r"<(script|style|svg|template|option)\b.*?</\1>", re.DOTALL)
#: What begins a line or a box of its own.
_APART = re.compile(
    r"</?(?:a|article|aside|body|button|div|dd|dl|dt|fieldset|footer|form|h\d|header|hr|input|kbd"
    r"|label|legend|li|main|nav|ol|p|section|select|summary|textarea|time|ul)\b[^>]*>"
)
#: A dot between two things keeps its spaces.
_SPACE_BEHIND = re.compile(r"[。：！？；，”）]\s+[^\s·]")


def lines_of(html: str) -> list[str]:
    """Return what a page says, a line for each piece of running text."""
    text = _APART.sub("\0", _UNSEEN.sub("", html))
    return re.sub(r"<[^>]*>", "", text).split("\0")


@pytest.fixture
def pages() -> list[str]:
    """Whatever a list and a thread can say at once, read by an administrator in Chinese."""
    ana = make_user("ana", first_name="Ana", is_staff=True)
    tom = make_user("tom", first_name="Tom", is_staff=True)
    StaffSettings.objects.create(user=ana, language="zh-hans")
    did = make_did()
    threads = [
        make_inbound(did, f"3460000000{n}", "STOP it now", at=NOW).conversation for n in "1234567"
    ]
    opted_out, blocked, mine, toms, failed, asks, drafted = threads
    record_opt_out(conversation=opted_out, at=NOW, by=tom)
    block_sender(conversation=blocked, by=ana, at=NOW)
    make_outbound(mine, "Mine", user=ana, status="delivered")
    make_outbound(toms, "His", user=tom, status="failed")
    make_outbound(failed, "Nobody's", status="unconfirmed")
    add_note(conversation=asks, author=tom, content="A note", at=NOW)
    store_draft(conversation=drafted, user=ana, reply="Half")
    open_breaker(reason=Reason("1102"), message=None, at=NOW)
    client = Client()
    client.force_login(ana)
    addresses = ["/inbox/open/", "/inbox/all/?q=note", "/settings/", "/admin/"]
    addresses += [f"/inbox/open/{thread.pk}/" for thread in threads]
    return [client.get(address).content.decode() for address in addresses]


def test_no_page_has_a_space_behind_full_width_punctuation(pages):
    assert all('lang="zh-hans"' in page for page in pages)
    said = [line for page in pages for line in lines_of(page)]
    assert any("您：Mine" in line for line in said)
    assert any("草稿：Half" in line for line in said)

    assert sorted({line.strip() for line in said if _SPACE_BEHIND.search(line)}) == []
