"""Signatures: the published vectors, and what a push must carry to be believed."""

import pytest

from messaging.nxcloud.errors import NotAuthentic
from messaging.nxcloud.signing import (
    Credentials,
    VerifiedPush,
    carries_signature,
    sign,
    signed_headers,
    verify,
)
from tests.golden import signature_vectors

VECTORS = signature_vectors()
NOW_MS = 1_700_000_000_000
DAY = 86_400
BODY = '{"content": "你好"}'.encode()
CREDENTIALS = Credentials(access_key="key1", access_secret="new-secret")


def push_headers(**changes: str) -> dict[str, str]:
    """Sign BODY as the provider would, then put in single changes."""
    algorithm = changes.get("algorithm", "md5")
    headers = {
        "accesskey": "key1",
        "action": changes.get("action", "mo"),
        "biztype": "4",
        "ts": changes.get("ts", str(NOW_MS)),
    }
    headers["sign"] = sign(
        access_key="key1",
        action=headers["action"],
        ts=headers["ts"],
        body=BODY,
        access_secret=changes.pop("signed_with", "new-secret"),
        algorithm=algorithm if algorithm in {"md5", "sha256"} else "md5",
    )
    return headers | changes


def verified(
    headers: dict[str, str],
    *,
    body: bytes = BODY,
    credentials: Credentials = CREDENTIALS,
    now_ms: int = NOW_MS,
) -> VerifiedPush:
    return verify(
        headers=headers, body=body, credentials=credentials, now_ms=now_ms, max_age_seconds=DAY
    )


def refusal(headers: dict[str, str], **changes: object) -> str:
    with pytest.raises(NotAuthentic) as caught:
        verified(headers, **changes)  # type: ignore[arg-type]
    return caught.value.reason


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["sign"][:8])
def test_signature_equals_the_published_one(vector: dict[str, str]) -> None:
    assert (
        sign(
            access_key=VECTORS["access_key"],
            action=VECTORS["action"],
            ts=VECTORS["ts"],
            body=vector["body"].encode(),
            access_secret=VECTORS["access_secret"],
            biz_type=VECTORS["biz_type"],
        )
        == vector["sign"]
    )


def test_an_empty_body_is_left_out_of_what_is_signed() -> None:
    signature = sign(access_key="k", action="mo", ts="1", body=b"", access_secret="s")

    # md5 of "accessKey=k&action=mo&bizType=4&ts=1&accessSecret=s"
    assert signature == "760c0fabf8428d693eb6b3e52095f0d6"


def test_request_headers_are_the_five_of_the_convention() -> None:
    headers = signed_headers(credentials=CREDENTIALS, action="mtsend", body=BODY, ts_ms=NOW_MS)

    assert headers == {
        "accessKey": "key1",
        "action": "mtsend",
        "bizType": "4",
        "ts": "1700000000000",
        "sign": sign(
            access_key="key1",
            action="mtsend",
            ts="1700000000000",
            body=BODY,
            access_secret="new-secret",
        ),
    }


def test_secrets_do_not_show_in_the_repr_of_credentials() -> None:
    shown = repr(Credentials("key1", "very-secret", "older-secret"))

    assert shown == "Credentials(access_key='key1')"


@pytest.mark.parametrize("name", ["accessKey", "ACTION", "biztype", "Ts", "sign"])
def test_any_signature_header_makes_a_request_count_as_signed(name: str) -> None:
    assert carries_signature({"content-type": "x", name: ""})


def test_a_request_without_signature_headers_does_not_count_as_signed() -> None:
    assert not carries_signature({"content-type": "application/json", "host": "example.org"})


@pytest.mark.parametrize("action", ["mo", "dr"])
def test_a_rightly_signed_push_is_believed(action: str) -> None:
    assert verified(push_headers(action=action)) == VerifiedPush(
        action=action, skew_seconds=0.0, used_previous_secret=False
    )


def test_header_names_are_read_in_any_case() -> None:
    headers = {name.upper(): value for name, value in push_headers().items()}

    assert verified(headers).action == "mo"


def test_an_upper_case_signature_is_believed() -> None:
    headers = push_headers()

    assert verified(headers | {"sign": headers["sign"].upper()}).action == "mo"


def test_a_sha256_signature_is_believed_when_the_header_says_so() -> None:
    assert verified(push_headers(algorithm="sha256")).action == "mo"


def test_the_previous_secret_counts_while_it_is_set() -> None:
    both = Credentials("key1", "new-secret", "old-secret")
    headers = push_headers(signed_with="old-secret")

    assert verified(headers, credentials=both).used_previous_secret is True
    assert refusal(headers) == "bad_sign"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"accesskey": "key2"}, "bad_access_key", id="other access key"),
        pytest.param({"accesskey": ""}, "bad_access_key", id="blank access key"),
        pytest.param({"accesskey": "kéy\udc80"}, "bad_access_key", id="not ascii"),
        pytest.param({"action": "mtsend"}, "bad_action", id="our own action"),
        pytest.param({"action": "mo&bizType=4"}, "bad_action", id="grammar inside the action"),
        pytest.param({"biztype": "1"}, "bad_biz_type", id="other business"),
        pytest.param({"ts": "170000000000"}, "bad_ts", id="12 digits"),
        pytest.param({"ts": "١٧٠٠٠٠٠٠٠٠٠٠٠"}, "bad_ts", id="digits that are not ascii"),
        pytest.param({"ts": "1700000000000\n"}, "bad_ts", id="line end after the digits"),
        pytest.param({"sign": "0" * 32}, "bad_sign", id="other signature"),
        pytest.param({"sign": "0" * 31}, "bad_sign_grammar", id="short signature"),
        pytest.param({"sign": "g" * 32}, "bad_sign_grammar", id="not hexadecimal"),
        pytest.param({"sign": ""}, "bad_sign_grammar", id="blank signature"),
        pytest.param({"algorithm": "sha1"}, "bad_algorithm", id="other algorithm"),
    ],
)
def test_a_push_is_refused_with_the_reason(changes: dict[str, str], reason: str) -> None:
    assert refusal(push_headers() | changes) == reason


def test_md5_digits_do_not_pass_as_sha256() -> None:
    assert refusal(push_headers() | {"algorithm": "sha256"}) == "bad_sign_grammar"


@pytest.mark.parametrize("name", ["accesskey", "action", "biztype", "ts", "sign"])
def test_a_missing_header_is_refused(name: str) -> None:
    headers = push_headers()
    del headers[name]

    assert refusal(headers) == "missing_header"


def test_a_changed_body_is_refused() -> None:
    assert refusal(push_headers(), body=BODY + b" ") == "bad_sign"


@pytest.mark.parametrize(
    ("credentials", "reason"),
    [
        pytest.param(Credentials("", "new-secret"), "no_access_key", id="no key"),
        pytest.param(Credentials("key1", ""), "no_secret", id="no secret"),
        pytest.param(Credentials("key1", "", "new-secret"), "no_secret", id="only previous"),
    ],
)
def test_unset_credentials_never_verify(credentials: Credentials, reason: str) -> None:
    secret = credentials.previous_access_secret or credentials.access_secret
    headers = push_headers(accesskey=credentials.access_key, signed_with=secret)

    assert refusal(headers, credentials=credentials) == reason


def test_an_empty_previous_secret_is_not_a_secret() -> None:
    assert refusal(push_headers(signed_with="")) == "bad_sign"


@pytest.mark.parametrize(
    ("behind_ms", "skew_seconds"),
    [(DAY * 1000, 86_400.0), (-300_000, -300.0), (61_500, 61.5)],
    ids=["a day behind", "five minutes ahead", "a minute behind"],
)
def test_a_time_stamp_inside_the_window_is_believed(behind_ms: int, skew_seconds: float) -> None:
    headers = push_headers(ts=str(NOW_MS - behind_ms))

    assert verified(headers).skew_seconds == skew_seconds


@pytest.mark.parametrize(
    ("behind_ms", "reason"),
    [(DAY * 1000 + 1, "too_old"), (-300_001, "too_new")],
    ids=["over a day behind", "over five minutes ahead"],
)
def test_a_time_stamp_outside_the_window_is_refused(behind_ms: int, reason: str) -> None:
    assert refusal(push_headers(ts=str(NOW_MS - behind_ms))) == reason
