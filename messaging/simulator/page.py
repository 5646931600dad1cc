"""The phone page: write to a DID as a person would, and see what their phone received."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from messaging.phone_numbers import address_key, format_for_reading, parse_number
from messaging.simulator.ledger import Text, Thread
from messaging.simulator.pushes import Delivery
from messaging.simulator.scenarios import SCENARIOS
from messaging.typed_numbers import InvalidPhoneNumber

if TYPE_CHECKING:
    from messaging.simulator.provider import Provider

FIRST_PHONE = "34612345678"
FORMATS = {"json": "JSON, signed", "form": "Form, unsigned"}
SENDERS = ("34612345678", "447911123456", "60123456789", "8613800138000")


def render(provider: Provider, values: dict[str, str]) -> str:
    """Return the whole page for the phone and DID in `values`."""
    phone, did = _chosen(provider, values)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A phone · simulated provider</title>
<link rel="stylesheet" href="/static/phone.css">
<script src="/static/phone.js" defer></script>
</head>
<body>
<header><h1>A phone</h1><p>The simulated provider: write to your number as a person would.
Nothing here leaves this machine.</p></header>
<main>
{render_live(provider, {"phone": phone, "did": did})}
<form class="write" method="post" action="/write">
<div class="fields">
<label>This phone <input name="phone" value="{escape(phone)}" list="phones" required
 maxlength="64" autocomplete="off"></label>
<label>writes to <input name="did" value="{escape(did)}" list="dids" required maxlength="64"
 autocomplete="off"></label>
<label>pushed as <select name="format">{_formats(provider, values)}</select></label>
</div>
<label class="text">Text <textarea name="content" rows="3" maxlength="2000"
 autofocus></textarea></label>
<button>Send</button>
{_options("phones", _phones(provider))}
{_options("dids", _dids(provider))}
</form>
{_scenario_table()}
</main>
</body>
</html>
"""


def render_live(provider: Provider, values: dict[str, str]) -> str:
    """Return the part of the page that changes by itself: phones and the open thread."""
    phone, did = _chosen(provider, values)
    thread = provider.ledger.thread(phone=phone, did=did)
    query = escape(urlencode({"phone": phone, "did": did}))
    return f"""<div id="live" data-url="/thread?{query}">
<nav aria-label="Phones"><h2>Phones</h2>{_thread_list(provider, phone, did)}</nav>
<section aria-label="Thread"><h2>{_shown(phone)} <small>with {_shown(did)}</small></h2>
<ol class="texts" tabindex="0">{"".join(map(_text, thread.texts)) or _NOTHING_YET}</ol></section>
</div>"""


def write_text(provider: Provider, values: dict[str, str]) -> str:
    """Push what was written on the phone; return where to go next."""
    phone, did = _as_written(values.get("phone", "")), _as_written(values.get("did", ""))
    content = values.get("content", "").replace("\r\n", "\n")
    push_format = values.get("format", "")
    if push_format not in FORMATS:
        push_format = provider.settings.push_format
    if phone and did and content:
        delivery = Delivery(push_format=push_format)
        provider.write(phone=phone, did=did, content=content, delivery=delivery)
    return "/?" + urlencode({"phone": phone, "did": did, "format": push_format})


_NOTHING_YET = '<li class="empty">Nothing yet. What either side writes shows up here.</li>'


def _chosen(provider: Provider, values: dict[str, str]) -> tuple[str, str]:
    """Return the phone and the DID to show: those asked for, else the newest thread's."""
    threads = provider.ledger.threads()
    phone, did = address_key(values.get("phone", "")), address_key(values.get("did", ""))
    if not phone and threads:
        phone, did = threads[0].phone, did or threads[0].did
    return phone or FIRST_PHONE, did or next(iter(_dids(provider)), "")


def _as_written(address: str) -> str:
    """Return the digits of a number in any spelling; anything else as it was typed."""
    try:
        return parse_number(address)
    except InvalidPhoneNumber:
        return address.strip()[:64]


def _dids(provider: Provider) -> list[str]:
    seen = (thread.did for thread in provider.ledger.threads())
    return [*dict.fromkeys([*seen, *provider.suggested_dids])]


def _phones(provider: Provider) -> list[str]:
    seen = (thread.phone for thread in provider.ledger.threads())
    return [*dict.fromkeys([*seen, *SENDERS])]


def _shown(address: str) -> str:
    return escape(format_for_reading(address)) or "nobody yet"


def _thread_list(provider: Provider, phone: str, did: str) -> str:
    items = "".join(
        _thread_item(thread, is_open=(thread.phone, thread.did) == (phone, did))
        for thread in provider.ledger.threads()
    )
    return f"<ul>{items}</ul>" if items else "<p>No phone has written or received yet.</p>"


def _thread_item(thread: Thread, *, is_open: bool) -> str:
    href = escape("/?" + urlencode({"phone": thread.phone, "did": thread.did}))
    current = ' aria-current="true"' if is_open else ""
    snippet = escape(thread.texts[-1].content[:60])
    return (
        f'<li><a href="{href}"{current}><b>{_shown(thread.phone)}</b>'
        f'<span dir="auto">{snippet}</span></a></li>'
    )


def _text(text: Text) -> str:
    when = text.at.astimezone().strftime("%H:%M:%S")
    return (
        f'<li class="{text.direction}"><p dir="auto">{escape(text.content)}</p>'
        f'<small><time datetime="{text.at.isoformat()}">{when}</time>'
        f" {escape(text.note)}</small></li>"
    )


def _formats(provider: Provider, values: dict[str, str]) -> str:
    chosen = values.get("format", provider.settings.push_format)
    return "".join(
        f'<option value="{name}"{" selected" if name == chosen else ""}>{words}</option>'
        for name, words in FORMATS.items()
    )


def _options(identity: str, values: list[str]) -> str:
    options = "".join(f'<option value="{escape(value)}"></option>' for value in values)
    return f'<datalist id="{identity}">{options}</datalist>'


def _scenario_table() -> str:
    rows = "".join(
        f"<tr><td><code>{escape(scenario.usage)}</code></td>"
        f"<td>{'…' + scenario.recipient_ending if scenario.recipient_ending else ''}</td>"
        f"<td>{escape(scenario.effect)}</td></tr>"
        for scenario in SCENARIOS
    )
    return f"""<details><summary>Out of the ordinary: how staff can try a failure</summary>
<p>A message from the inbox that holds one of these words, or goes to a number with such an ending,
is treated so. Every other one is accepted and delivered after a moment.</p>
<table><thead><tr><th scope="col">In the text</th><th scope="col">Recipient</th>
<th scope="col">The provider then</th></tr></thead><tbody>{rows}</tbody></table></details>"""
