"""Safe links and hidden digits."""

from __future__ import annotations

import pytest

from messaging.templatetags.thread_text import hidden_suggestion, sms_text


def anchor(address: str) -> str:
    return f'<a href="{address}" target="_blank" rel="noopener nofollow noreferrer">{address}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("a <b> & \"c\" 'd'", "a &lt;b&gt; &amp; &quot;c&quot; &#x27;d&#x27;"),
        ("see https://example.org/a.", f"see {anchor('https://example.org/a')}."),
        ("(https://example.org/a)", f"({anchor('https://example.org/a')})"),
        ("https://example.org/a_(b)", anchor("https://example.org/a_(b)")),
        ("https://example.org/?a=1&b=2", anchor("https://example.org/?a=1&amp;b=2")),
        ("看https://example.org/路。好", f"看{anchor('https://example.org/路')}。好"),
        ("HTTP://EXAMPLE.ORG", anchor("HTTP://EXAMPLE.ORG")),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("data:text/html,x", "data:text/html,x"),
        ("ftp://example.org", "ftp://example.org"),
        ("https://", "https://"),
        ('https://e.org/"onclick="x', f"{anchor('https://e.org/')}&quot;onclick=&quot;x"),
    ],
)
def test_links_are_anchors_and_everything_else_is_text(text, html):
    assert sms_text(text) == html


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("card 4111 1111 1111 1111, 12/27", "card •••• •••• •••• ••••, 12/27"),
        ("id 123456", "id ••••••"),
        ("at 10:30 on 19", "at 10:30 on 19"),
    ],
)
def test_long_numbers_are_suggested_to_be_hidden(text, suggestion):
    assert hidden_suggestion(text) == suggestion
