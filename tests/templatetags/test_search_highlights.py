"""Searched words are marked in texts that are HTML already, and nowhere in their tags."""

from __future__ import annotations

import pytest

from messaging.services.search.tokenizer import terms_of
from messaging.templatetags.search_highlights import highlight
from messaging.templatetags.thread_text import sms_text


def shown(text: str, query: str) -> str:
    return highlight(sms_text(text), terms_of(query))


LINK = '<a href="https://example.com/order" target="_blank" rel="noopener nofollow noreferrer">'


@pytest.mark.parametrize(
    ("text", "query", "html"),
    [
        ("Your order is here", "order", "Your <mark>order</mark> is here"),
        ("Ordering an Órder", "order", "<mark>Order</mark>ing an <mark>Órder</mark>"),
        ("reorder", "order", "reorder"),
        ("您的订单已发货", "订单", "您的<mark>订单</mark>已发货"),
        ("a <b> & 'c'", "b", "a &lt;<mark>b</mark>&gt; &amp; &#x27;c&#x27;"),
        ("x &amp; y", "amp", "x &amp;<mark>amp</mark>; y"),
        (
            "See https://example.com/order now",
            "order",
            f"See {LINK}https://example.com/<mark>order</mark></a> now",
        ),
        (
            "See https://example.com/order",
            "href target",
            f"See {LINK}https://example.com/order</a>",
        ),
        ("<mark>", "mark", "&lt;<mark>mark</mark>&gt;"),
        ("Your order", "", "Your order"),
        ("", "order", ""),
    ],
    ids=lambda value: value[:24],
)
def test_search_highlights_are_marked_in_the_text_alone(text, query, html):
    assert shown(text, query) == html


def test_without_a_search_the_text_stays_as_it_is():
    text = sms_text("Your order")

    assert highlight(text, None) is text
