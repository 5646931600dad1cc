"""The pages of an import, from the upload to the undo; each person's own."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from messaging.models import CannedReply, Contact, ImportJob, Membership
from messaging.policy import Role
from tests.factories import make_did, make_user
from tests.services.imports.files import checked, make_supervisor, upload, work

pytestmark = pytest.mark.django_db
TEXT = "Name,Phone,Plan\nElena <b>,+34612345678,Gold\nWang,nonsense,\n"


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def boss(did, client):
    user = make_supervisor(did)
    client.force_login(user)
    return user


def file_of(text=TEXT, name="people.csv"):
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def test_from_the_file_to_the_undo(client, boss, did):
    answer = client.post("/imports/new/", {"kind": "contacts", "number": did.pk, "file": file_of()})
    job = ImportJob.objects.get()
    address = f"/imports/{job.pk}/"
    assert (answer.status_code, answer["Location"]) == (302, address)
    page = client.get(address).content.decode()
    assert "Elena &lt;b&gt;" in page

    client.post(
        f"{address}columns/",
        {
            "column_0": "name", "column_1": "phone", "column_2": "field", "has_header": "on",
            "encoding": "utf-8", "separator": ",", "region": "",
        },
    )  # fmt: skip
    assert "data-look-again" in client.get(address).content.decode()
    work()
    page = client.get(address).content.decode()
    assert "Import 1 row" in page
    assert "data-look-again" not in page
    assert not Contact.objects.exists()

    client.post(f"{address}confirm/")
    work()
    assert Contact.objects.get().fields == {"Plan": "Gold"}
    page = client.get(f"{address}?rows=invalid").content.decode()
    assert "nonsense" in page
    assert "Elena" not in page
    rejected = client.get(f"{address}rejected.csv")
    assert b"".join(rejected.streaming_content).count(b"\r\n") == 2
    assert "people.csv" in client.get("/imports/").content.decode()

    client.post(f"{address}undo/")
    work()
    assert not Contact.objects.exists()
    assert "Undone" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("fields", "text", "words"),
    [
        pytest.param({"kind": "contacts", "number": ""}, TEXT, "Choose it", id="no number"),
        pytest.param({"kind": "contacts"}, "", "This file is empty", id="an empty file"),
        pytest.param({"kind": "nonsense"}, TEXT, "not one of the available", id="another kind"),
        pytest.param({"kind": "contacts"}, b"a\n" * 300, "more than 100 rows", id="many rows"),
    ],
)
def test_a_refusal_says_why(client, boss, did, settings, fields, text, words):
    settings.IMPORT_MAX_ROWS = 100
    data = {"number": did.pk, "file": file_of(text), **fields}

    answer = client.post("/imports/new/", data)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_a_file_above_the_limit_is_refused_before_it_is_read(client, boss, settings):
    settings.MAX_BODY_BYTES_BELOW = {"/imports/new/": 1000}

    answer = client.post("/imports/new/", {"file": file_of("x" * 2000)})

    assert answer.status_code == 413


def test_columns_that_do_not_do_are_shown_again(client, boss, did):
    job = upload(TEXT, by=boss, did=did)
    chosen = {"column_0": "name", "column_1": "", "column_2": "", "encoding": "utf-8"}

    answer = client.post(f"/imports/{job.pk}/columns/", {**chosen, "separator": ","})

    assert answer.status_code == 422
    assert "Choose the column that holds the phone numbers." in answer.content.decode()


def test_the_import_of_somebody_else_is_not_there(client, boss, did):
    job = checked(TEXT, by=make_supervisor(did), did=did)
    address = f"/imports/{job.pk}/"

    answers = [client.get(address), client.get(f"{address}rejected.csv")]
    answers += [client.post(f"{address}{a}/") for a in ("columns", "confirm", "undo", "discard")]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert "people.csv" not in client.get("/imports/").content.decode()


def test_a_vcard_has_no_separator_to_choose(client, boss, did):
    job = upload(
        "BEGIN:VCARD\nFN:Elena\nTEL:+34612345678\nEND:VCARD\n", by=boss, did=did, name="e.vcf"
    )

    page = client.get(f"/imports/{job.pk}/").content.decode()

    assert 'name="separator"' not in page
    assert page.count('value="phone" selected') == 1


def test_discarding_says_that_nothing_was_imported(client, boss, did):
    job = checked(TEXT, by=boss, did=did)

    answer = client.post(f"/imports/{job.pk}/discard/", follow=True)

    assert "Nothing was imported" in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_who_became_an_agent_finds_no_import_any_more(client, boss, did):
    job = checked(TEXT, by=boss, did=did)
    Membership.objects.update(role=Role.AGENT)

    assert client.get(f"/imports/{job.pk}/").status_code == 403
    assert "/imports/" not in client.get("/contacts/").content.decode()


def test_an_administrator_imports_replies_for_all_numbers(client, did):
    client.force_login(make_user(is_staff=True))
    data = {"kind": "saved_replies", "number": "", "file": file_of("shortcut,text\nhi,Hello\n")}
    client.post("/imports/new/", data)
    job = ImportJob.objects.get()
    chosen = {"column_0": "shortcut", "column_1": "text", "has_header": "on"}
    client.post(f"/imports/{job.pk}/columns/", {**chosen, "encoding": "utf-8", "separator": ","})
    work()
    client.post(f"/imports/{job.pk}/confirm/")
    work()

    assert CannedReply.objects.get().content == "Hello"
    assert "/imports/new/?kind=saved_replies" in client.get("/inbox/replies/").content.decode()
