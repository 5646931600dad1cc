"""Cursors: a pattern says which there are, and those of the version before are read."""

import base64
import re

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.api.conftest import error_of
from tests.factories import NOW, make_did, make_inbound

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(ana):
    did = make_did(members=(ana,))
    return [
        make_inbound(did, f"3461234567{n}", f"Hi {n}", at=NOW.replace(minute=n)) for n in range(3)
    ]


def pages(api, path: str) -> list[list[int]]:
    """The ids on each page, first to last and back again."""
    found, address = [], f"/api/v1/{path}/?page_size=1"
    while address:
        page = api.get(address).json()
        found.append([row["id"] for row in page["results"]])
        address, back = page["next"], page["previous"]
    while back:
        page = api.get(back).json()
        found.append([row["id"] for row in page["results"]])
        back = page["previous"]
    return found


@pytest.mark.parametrize("path", ["messages", "conversations"])
def test_pages_lead_on_and_back(api, three, path):
    ids = [m.pk if path == "messages" else m.conversation_id for m in reversed(three)]

    assert pages(api, path) == [[pk] for pk in (*ids, ids[1], ids[0])]


@pytest.mark.parametrize("path", ["messages", "conversations"])
def test_a_cursor_is_what_the_description_says(api, three, path):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    parameters = schema["paths"][f"/api/v1/{path}/"]["get"]["parameters"]
    pattern = next(one["schema"]["pattern"] for one in parameters if one["name"] == "cursor")

    cursor = api.get(f"/api/v1/{path}/?page_size=1").json()["next"].partition("cursor=")[2]

    assert re.search(pattern, cursor.partition("&")[0])


def test_a_cursor_of_the_version_before_is_still_read(api, three):
    old = base64.b64encode(f"p={three[1].pk}".encode()).decode()

    rows = api.get("/api/v1/messages/", {"cursor": old}).json()["results"]

    assert [row["id"] for row in rows] == [three[0].pk]


@pytest.mark.parametrize(
    "text", ["", "x", "n", "nx", "n1p", "t5", "n0t5", "n00000", "bz1h", "Zm9v"]
)
def test_what_is_no_cursor_of_the_list_is_refused(api, text):
    response = api.get("/api/v1/messages/", {"cursor": text})

    assert (response.status_code, list(error_of(response)["fields"])) == (400, ["cursor"])
