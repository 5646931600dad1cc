"""Browsers and systems by their headers."""

import pytest

from messaging.services.access.browsers import browser_of

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko Firefox/145.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/142.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME}", "Chrome on ChromeOS"),
        (f"Mozilla/5.0 (Linux; Android 15; K) {CHROME} OPR/90.0", "Opera on Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 12; HarmonyOS) AppleWebKit/537.36 Chrome/114.0.0.0"
            " Mobile Safari/537.36 MicroMessenger/8.0.50",
            "WeChat on Android",
        ),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
        ("\0" * 50 + "Firefox/1 (Windows)", "Firefox on Windows"),
        ("x" * 100_000 + " Firefox/1", "Unknown browser"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) and len(value) < 200 else "long",
)  # fmt: skip
def test_a_header_is_told_in_words(agent, words):
    assert browser_of(agent).in_words() == words


def test_what_is_held_in_a_hand():
    assert browser_of("(iPad; CPU OS 18_6) Safari/604.1").is_hand_held
    assert not browser_of("(Windows NT 10.0) Firefox/145.0").is_hand_held
