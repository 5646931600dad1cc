"""Passkeys: rubbish is refused, an answer counts once. Real ones: browser/test_passkeys."""

import base64
import hashlib
import json
import secrets
import struct
from datetime import timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import User
from django.utils import timezone

from messaging.models import AuditEntry, Passkey, StaffAccess
from messaging.services.access.passkeys import (
    Site,
    add_passkey,
    options_to_add,
    options_to_sign_in,
    remove_passkey,
    take_passkey,
)
from messaging.services.access.second_factor import factor_of
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SITE = Site("https://sms.example.com")
EVIL = Site("https://evil.example")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """A software authenticator with one key (ES256)."""

    def __init__(self, *, counts: bool = True, verifies: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.count = 0
        self.counts = counts
        self.flags = PRESENT | (VERIFIED if verifies else 0)

    def _data(self, site: Site, flags: int) -> bytes:
        if self.counts:
            self.count += 1
        return hashlib.sha256(site.host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, given: dict, site: Site) -> bytes:
        challenge = given["options"]["challenge"]
        said = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": site.origin}
        return json.dumps(said).encode()

    def make(self, given: dict, site: Site = SITE) -> str:
        """Answer options to add."""
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        data = self._data(site, self.flags | ATTESTED) + bytes(16)
        data += struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(cose)
        stated = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": b64(self._client("create", given, site)),
            "attestationObject": b64(stated),
            "transports": ["internal"],
        }
        return self._answer(response)

    def show(self, given: dict, site: Site = SITE) -> str:
        """Answer options to sign in."""
        client = self._client("get", given, site)
        data = self._data(site, self.flags)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
        }
        return self._answer(response)

    def _answer(self, response: dict) -> str:
        name = b64(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def add(user: User, device: Device, *, site: Site = SITE, **changes) -> bool:
    given = options_to_add(user=user, site=SITE)
    said = {"answer": device.make(given, site), "token": given["token"], "name": "Laptop"}
    return add_passkey(user=user, site=SITE, at=timezone.now(), address="", **{**said, **changes})


def enter(device: Device, *, after: User | None = None, site: Site = SITE) -> User | None:
    given = options_to_sign_in(user=after, site=SITE)
    return take_passkey(
        answer=device.show(given, site),
        token=given["token"],
        site=SITE,
        after_password_of=after,
        at=timezone.now(),
    )


def test_a_passkey_signs_its_owner_in():
    ana, device = make_user("ana"), Device()

    assert add(ana, device)
    assert (enter(device), enter(device)) == (ana, ana)
    assert factor_of(User.objects.get(pk=ana.pk)).is_set_up
    assert AuditEntry.objects.get(action="second_factor_added").changes == {"kind": "passkey"}


def test_an_answer_counts_once_even_where_the_device_does_not_count():
    ana, device = make_user(), Device(counts=False)
    add(ana, device)
    given = options_to_sign_in(user=None, site=SITE)
    said = {"answer": device.show(given), "token": given["token"], "site": SITE}

    found = [take_passkey(**said, after_password_of=None, at=timezone.now()) for _ in range(2)]

    assert found == [ana, None]


def test_alone_it_must_have_asked_who_holds_it():
    ana, device = make_user(), Device(verifies=False)
    add(ana, device)

    assert enter(device) is None
    assert enter(device, after=ana) == ana


def test_what_another_site_asked_for_is_refused():
    ana, device = make_user(), Device()

    assert not add(ana, device, site=EVIL)
    assert add(ana, device)
    assert enter(device, site=EVIL) is None


def test_a_copy_of_the_device_is_noticed():
    ana, device = make_user(), Device()
    add(ana, device)
    enter(device)
    device.count = 0

    assert enter(device) is None


def test_a_token_is_for_one_person_and_one_purpose():
    ana, ben, device = make_user(), make_user(), Device()
    given = options_to_add(user=ben, site=SITE)
    assert not add(ana, device, answer=device.make(given), token=given["token"])

    given = options_to_sign_in(user=None, site=SITE)
    assert not add(ana, device, answer=device.make(given), token=given["token"])


def test_one_passkey_has_one_owner():
    ana, ben, device = make_user(), make_user(), Device()

    assert add(ana, device)
    assert not add(ben, device)
    assert not factor_of(User.objects.get(pk=ben.pk)).is_set_up


def test_a_deactivated_account_is_not_let_in():
    ana, device = make_user(), Device()
    add(ana, device)
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert enter(device) is None


def test_an_account_that_became_a_programs_is_not_let_in():
    ana, device = make_user(), Device()
    add(ana, device)
    StaffAccess.objects.create(user=ana, is_service_account=True)

    assert enter(device) is None


def test_nobody_removes_anothers_nor_the_last_one_that_they_need():
    ana, ben, device = make_user(is_staff=True), make_user(), Device()
    add(ana, device)
    passkey = Passkey.objects.get()

    assert remove_passkey(user=ben, passkey_id=passkey.pk, address="")
    assert not remove_passkey(user=ana, passkey_id=passkey.pk, address="")
    assert add(ana, Device())
    assert remove_passkey(user=ana, passkey_id=passkey.pk, address="")
    assert factor_of(User.objects.get(pk=ana.pk)).passkey_count == Passkey.objects.count() == 1


RUBBISH = {
    "empty": "",
    "nul": "\0",
    "surrogate": '"\udcff"',
    "long": "[" * 30_000,
    "too long": "x" * 100_000,
    "number": "1",
    "list": "[]",
    "null": "null",
    "wrong types": '{"id": 1, "rawId": [], "response": {}, "type": null}',
    "no base64": '{"id": "é", "rawId": "\\udcff", "response": {"clientDataJSON": "\\u0000",'
    ' "authenticatorData": "x", "signature": "x", "attestationObject": "x"}, "type": "public-key"}',
    "another id": '{"id": "AAAA", "rawId": "AAAA", "response": {"clientDataJSON": "e30",'
    ' "authenticatorData": "AAAA", "signature": "AAAA", "attestationObject": "AAAA",'
    ' "transports": 5}, "type": "public-key"}',
}


@pytest.mark.parametrize("answer", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_is_refused(answer):
    ana, device = make_user(), Device()
    given = options_to_sign_in(user=None, site=SITE)
    now = timezone.now()

    assert not add(ana, device, answer=answer)
    assert (
        take_passkey(answer=answer, token=given["token"], site=SITE, after_password_of=None, at=now)
        is None
    )


@pytest.mark.parametrize("token", ["", "\0", "\udcff", "x" * 100_000, "a:b:c"],
                         ids=["empty", "nul", "surrogate", "long", "colons"])  # fmt: skip
def test_a_token_that_is_not_ours_is_refused(token):
    ana, device = make_user(), Device()

    assert not add(ana, device, token=token)


def test_the_name_is_cut_and_never_empty():
    ana = make_user()
    add(ana, Device(), name="\0" + "n" * 100_000)
    add(ana, Device(), name=" ")

    assert [passkey.name for passkey in Passkey.objects.all()] == ["n" * 60, "Passkey"]


def test_a_challenge_lasts_five_minutes(monkeypatch):
    ana, device = make_user(), Device()
    given = options_to_add(user=ana, site=SITE)
    later = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)

    assert not add(ana, device, answer=device.make(given), token=given["token"])
