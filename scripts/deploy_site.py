"""The product through its TLS proxy, as programs, browsers and the contact see it."""

import json
import re
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from scripts.deploy_machine import until

HOST = "localhost"
TLS, SIMULATOR = 18443, 18001
DID, PHONE = "8615088888888", "34612345678"
PASSWORD = "a good pass phrase"  # noqa: S105  (of a test)


def answers(url: str, folder: Path | None = None) -> bool:
    """Tell whether something answers below 500."""
    context = ssl.create_default_context(cafile=str(folder / "cert.pem")) if folder else None
    try:
        with urllib.request.urlopen(url, timeout=5, context=context):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


class Site:
    """The product through its TLS proxy, as programs and the contact see it."""

    def __init__(self, folder: Path, token: str) -> None:
        """Take where the certificate is, and an administrator's token."""
        self._context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        self._token = token
        self._texts = 0

    def talk(self) -> float:
        """Let a text come, answer it, and wait until the answer is delivered; return seconds."""
        self._texts += 1
        text, began = f"question {self._texts}", time.monotonic()
        self._simulate("inbound", {"from": PHONE, "to": DID, "content": text})
        until(lambda: self._has(text, "received"), f"{text} arrives")
        answer = f"answer {self._texts}"
        self._api("messages/", {"sender": DID, "phone": f"+{PHONE}", "content": answer})
        until(lambda: self._has(answer, "delivered"), f"{answer} is delivered")
        return time.monotonic() - began

    def check_forwarding(self) -> None:
        """See that the proxy says how we came, whatever we claim."""
        claims = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.7"}
        request = urllib.request.Request(
            f"https://{HOST}:{TLS}/webhooks/nxcloud/", headers={"X-Didsms-Probe": "1", **claims}
        )
        with urllib.request.urlopen(request, timeout=10, context=self._context) as answer:  # noqa: S310
            said = answer.headers["X-Didsms-Probe"]
        if not said.endswith(".https"):
            sys.exit(f"the proxy believed a claimed scheme: {said}")

    def check_stream(self) -> None:
        """Sign in as a browser does, and see that a live stream's first bytes come at once."""
        secure = urllib.request.HTTPSHandler(context=self._context)
        browser = urllib.request.build_opener(secure, urllib.request.HTTPCookieProcessor())
        login = f"https://{HOST}:{TLS}/accounts/login/"
        with browser.open(login, timeout=10) as page:
            found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        token = found[1] if found else ""
        fields = {"csrfmiddlewaretoken": token, "username": "boss", "password": PASSWORD}
        form = urllib.request.Request(login, urlencode(fields).encode(), {"Referer": login})
        browser.open(form, timeout=10).close()
        with browser.open(f"https://{HOST}:{TLS}/live/stream", timeout=10) as stream:
            if stream.headers.get_content_type() != "text/event-stream" or not stream.read(1):
                sys.exit("no live stream came through the proxy")

    def _has(self, text: str, status: str) -> bool:
        found = self._api("messages/")["results"]
        return any((m["content"], m["status"]) == (text, status) for m in found)

    def _api(self, path: str, data: dict[str, Any] | None = None) -> Any:
        request = self._request(f"api/v1/{path}", data)
        with urllib.request.urlopen(request, timeout=20, context=self._context) as answer:  # noqa: S310
            return json.load(answer)

    def _request(self, path: str, data: dict[str, Any] | None = None) -> urllib.request.Request:
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        body = json.dumps(data).encode() if data else None
        return urllib.request.Request(f"https://{HOST}:{TLS}/{path}", body, headers)

    def _simulate(self, what: str, data: dict[str, Any]) -> None:
        url = f"http://127.0.0.1:{SIMULATOR}/control/{what}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(data).encode(), headers)
        urllib.request.urlopen(request, timeout=20).close()  # noqa: S310
