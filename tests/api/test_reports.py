"""The resources of reports."""

import pytest

from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user

REPORTS = "/api/v1/reports/"
RANGE = {"from": "2026-11-22", "to": "2026-11-22", "tz": "UTC"}
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def traffic(ana):
    """A text and its answer on Ana's number, and a text on another one."""
    message = make_inbound(make_did(members=(ana,)))
    make_outbound(
        message.conversation,
        user=ana,
        at=NOW.replace(minute=10),
        status="delivered",
        sent_at=NOW.replace(minute=10),
        has_receipt=True,
        billed_segments=2,
        price="0.0450",
        provider_message_id="a1",
    )
    make_inbound(make_did("34911234567"), phone="34699999999")
    return message


def test_messages_by_number_and_direction(admin_api, traffic):
    answer = admin_api.get(f"{REPORTS}messages/", RANGE | {"by": "number,direction"}).json()

    nothing = dict.fromkeys(
        ("inbound", "outbound", "sent", "delivered", "undelivered", "failed", "unconfirmed",
         "blocked", "segments"), 0
    )  # fmt: skip
    assert answer == {
        "from": "2026-11-22",
        "to": "2026-11-22",
        "tz": "UTC",
        "complete": True,
        "rows": [
            {"number": "34911234567", "direction": "inbound"}
            | nothing
            | {"inbound": 1, "segments": 1},
            {"number": "8615088888888", "direction": "inbound"}
            | nothing
            | {"inbound": 1, "segments": 1},
            {"number": "8615088888888", "direction": "outbound"}
            | nothing
            | {"outbound": 1, "delivered": 1, "segments": 1},
        ],
        "total": nothing | {"inbound": 2, "outbound": 1, "delivered": 1, "segments": 3},
    }


def test_responses_delivery_and_cost(admin_api, traffic):
    responses = admin_api.get(f"{REPORTS}responses/", RANGE | {"by": "user"}).json()
    delivery = admin_api.get(f"{REPORTS}delivery/", RANGE).json()["total"]
    cost = admin_api.get(f"{REPORTS}cost/", RANGE | {"by": "country"}).json()["rows"]

    assert [(row["user"], row["answered"], row["waiting"]) for row in responses["rows"]] == [
        ("ana", 1, 0),
        (None, 0, 1),
    ]
    assert responses["total"]["median_seconds"] == pytest.approx(600, rel=0.01)
    assert (delivery["with_receipt"], delivery["without_receipt"]) == (1, 0)
    assert cost == [
        {
            "country": "ES",
            "segments": 3,
            "billed_segments": 2,
            "cost": "0.090000",
            "unpriced": 2,
            "differences": 1,
        }
    ]


def test_the_same_rows_as_csv(admin_api, traffic):
    answer = admin_api.get(
        f"{REPORTS}cost/", RANGE | {"by": "day,direction"}, headers={"Accept": "text/csv"}
    )

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "day,direction,segments,billed_segments,cost,unpriced,differences",
        "2026-11-22,inbound,2,0,0.000000,2,0",
        "2026-11-22,outbound,1,2,0.090000,0,1",
    ]


@pytest.mark.parametrize("report", ["messages", "responses", "delivery"])
@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_a_person_sees_what_they_did_themselves_on_their_numbers(api, traffic, report, accept):
    ben = make_user("ben")
    make_outbound(traffic.conversation, user=ben, at=NOW.replace(minute=20))
    for narrowed in ({}, {"number": "+86 15088888888"}):
        answer = api.get(
            f"{REPORTS}{report}/",
            RANGE | {"by": "user,number"} | narrowed,
            headers={"Accept": accept},
        )
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "ana" in text
        assert "ben" not in text
        assert "34911234567" not in text
    refused = api.get(f"{REPORTS}{report}/", RANGE | {"number": "34911234567"})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["number"])


def test_a_persons_own_figures_are_counted(api, traffic):
    make_outbound(traffic.conversation, user=make_user("ben"), at=NOW.replace(minute=20))

    messages = api.get(f"{REPORTS}messages/", RANGE).json()["total"]
    delivery = api.get(f"{REPORTS}delivery/", RANGE).json()["total"]

    assert (messages["inbound"], messages["outbound"], messages["delivered"]) == (0, 1, 1)
    assert (delivery["with_receipt"], delivery["without_receipt"]) == (1, 0)


def test_what_numbers_cost_is_for_administrators(api, traffic):
    assert api.get(f"{REPORTS}cost/", RANGE).status_code == 403


def test_who_has_no_number_sees_nothing(traffic):
    from .conftest import client_of

    answer = client_of(make_user()).get(f"{REPORTS}messages/", RANGE).json()

    assert (answer["rows"], answer["total"]["inbound"]) == ([], 0)


@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_what_cannot_be_read_is_refused(api, accept):
    answer = api.get(f"{REPORTS}messages/", {"by": "moon"}, headers={"Accept": accept})

    assert answer.status_code == 400
    assert b"moon" in answer.content


def test_without_any_row_csv_has_its_columns(api):
    answer = api.get(f"{REPORTS}delivery/", RANGE, headers={"Accept": "text/csv"})

    assert answer.content.decode().splitlines() == [
        "day,with_receipt,without_receipt,latency_p50_seconds,latency_p95_seconds"
    ]
