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
        ("[https://example.org/a]", f"[{anchor('https://example.org/a')}]"),
        ("{https://example.org/a}", f"{{{anchor('https://example.org/a')}}}"),
        ("[a](https://example.org/a).", f"[a]({anchor('https://example.org/a')})."),
        ("([{https://example.org/a}])!", f"([{{{anchor('https://example.org/a')}}}])!"),
        ("https://example.org/?a[]=1", anchor("https://example.org/?a[]=1")),
        ("https://example.org/?a[1]", anchor("https://example.org/?a[1]")),
        ("https://example.org/{id}", anchor("https://example.org/{id}")),
        ("https://example.org/a]b", anchor("https://example.org/a]b")),
        ("https://example.org/[a]]", f"{anchor('https://example.org/[a]')}]"),
        (
            "https://example.org/\u202egpj.exe",
            anchor("https://example.org/%E2%80%AEgpj.exe"),
        ),
        ("https://exam\u200bple.org/", anchor("https://exam%E2%80%8Bple.org/")),
        ("https://example.org/\u2067a\u2069b", anchor("https://example.org/%E2%81%A7a%E2%81%A9b")),
        ("https://example.org/a\u200e.", f"{anchor('https://example.org/a')}\u200e."),
        ("https://example.org/نم\u200cی", anchor("https://example.org/نم\u200cی")),
    ],
)
def test_links_are_anchors_and_everything_else_is_text(text, html):
    assert sms_text(text) == html


@pytest.mark.parametrize("sign", [*"\u061c\u200e\u200f", *map(chr, range(0x202A, 0x202F))])
def test_nothing_in_an_address_turns_its_direction(sign):
    html = sms_text(f"https://example.org/{sign}a{sign}b")

    assert sign not in html


@pytest.mark.parametrize("sign", [*")]}.", "\u202e", ")]}.\u202e"])
def test_address_with_very_many_signs_behind_ends_before_them(sign):
    html = sms_text("https://example.org/a" + sign * 20_000)

    assert html == anchor("https://example.org/a") + sign * 20_000


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
