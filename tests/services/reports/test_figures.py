"""Reports say what one counts by hand from the messages, in any zone and by any keys."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest

from messaging.models import Answer, Conversation, Label, Message, MessageFact
from messaging.services.reports.catch_up import catch_up
from messaging.services.reports.figures import (
    COUNTED,
    cost_report,
    delivery_report,
    messages_by_hour,
    messages_report,
    prepare,
    responses_report,
)
from messaging.services.reports.question import KEYS, Question
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_outbound, make_user

from .days import Days

pytestmark = [pytest.mark.django_db, pytest.mark.database]

#: 5 h 45 min ahead of UTC.
ZONE = "Asia/Kathmandu"
WHOLE = Question(first=date(2026, 11, 20), last=date(2027, 1, 20), zone=ZONE)


@pytest.fixture
def days():
    numbers = [make_did(), make_did("34911234567")]
    days = Days(numbers, [make_user("ana"), make_user("ben")], Random(11))
    days.go_on(90)
    label = Label.objects.create(name="VIP")
    make_conversation(numbers[0]).labels.add(label)
    return days


def local_day(message):
    return message.created_at.astimezone(ZoneInfo(ZONE)).date()


def seen():
    """The messages that count: not those that were taken back at once."""
    return [m for m in Message.objects.select_related("did_number") if not m.was_undone]


@pytest.mark.parametrize("is_built", [False, True], ids=["from quarter-hours", "from days"])
def test_messages_are_counted_on_their_day_in_the_zone(days, is_built):
    if is_built:
        messages_report(WHOLE)  # which makes the zone one that is kept
        catch_up(builds=1000)
    expected = Counter()
    for message in seen():
        key = (local_day(message).isoformat(), message.did_number.number)
        expected[(*key, message.direction)] += 1
        expected[(*key, message.status)] += 1
        expected[(*key, "segments")] += message.segments

    found = messages_report(WHOLE.by_keys("day", "number"))

    got = Counter()
    for row in found.rows:
        for name in ("inbound", "outbound", "segments", *COUNTED):
            got[(row["day"], row["number"], str(name))] += row[name]
    uncounted = {"received", "queued", "held", "scheduled", "sending", "canceled"}
    assert +got == Counter({key: n for key, n in expected.items() if key[2] not in uncounted})
    assert found.total == messages_report(WHOLE).rows[0]


#: What a page may ask for, as keys of its rows.
ASKED = [
    (), ("day",), ("weekday",), ("number",), ("user",), ("country",), ("code",), ("direction",),
    ("day", "number"), ("user", "direction"), ("country", "day"),
]  # fmt: skip


def test_the_days_of_pages_say_what_the_cells_say(days):
    questions = [replace(WHOLE, by=keys) for keys in ASKED]
    for narrowed in ({"numbers": (days.numbers[0].pk,)}, {"user": days.people[0].pk}):
        questions += [replace(WHOLE, by=keys, **narrowed) for keys in ASKED[:3]]
    reports = (messages_report, responses_report, delivery_report, cost_report)
    from_cells = [[report(asked).rows for report in reports] for asked in questions]
    catch_up(builds=1000)

    for asked, expected in zip(questions, from_cells, strict=True):
        assert [report(asked).rows for report in reports] == expected, asked
        assert any(row["inbound"] + row["outbound"] for row in expected[0])


def test_hours_of_days_are_those_of_the_messages(days):
    expected = Counter()
    for message in seen():
        at = message.created_at.astimezone(ZoneInfo(ZONE))
        expected[(at.isoweekday(), at.hour)] += 1
    asked, _is_complete = prepare(WHOLE)
    assert messages_by_hour(asked) == expected
    catch_up(builds=1000)
    asked, _is_complete = prepare(WHOLE)

    assert "page" in asked.series
    assert messages_by_hour(asked) == expected


def test_rows_by_any_key_add_up_to_the_total(days):
    for key in set(KEYS) - {"label"}:
        messages = messages_report(WHOLE.by_keys(key))
        cost = cost_report(WHOLE.by_keys(key))
        delivery = delivery_report(WHOLE.by_keys(key))

        for report in (messages, cost, delivery):
            for name, total in report.total.items():
                if name.startswith("latency"):
                    continue
                assert sum(row[name] for row in report.rows) == total, (key, name)
        assert messages.total["inbound"] > 5
        assert cost.total["cost"] > 0
        assert delivery.total["latency_p50_seconds"] > 0


def test_cost_is_price_times_billed_segments_over_both_directions(days):
    priced = [m for m in seen() if m.cost is not None]
    accepted = {"sent", "delivered", "undelivered", "received"}

    total = cost_report(WHOLE).total

    assert total == {
        "segments": sum(m.segments for m in seen() if m.status in accepted),
        "billed_segments": sum(m.billed_segments or 0 for m in seen()),
        "cost": sum((m.cost for m in priced), Decimal(0)).quantize(Decimal("0.000001")),
        "unpriced": sum(m.status in accepted and m.cost is None for m in seen()),
        "differences": sum(m.billed_segments not in {None, m.segments} for m in seen()),
    }


def test_delivery_counts_what_nxcloud_accepted(days):
    accepted = [m for m in seen() if m.status in {"sent", "delivered", "undelivered"}]

    total = delivery_report(WHOLE).total

    assert total["with_receipt"] == sum(m.has_receipt for m in accepted)
    assert total["without_receipt"] == sum(not m.has_receipt for m in accepted)


def test_responses_are_the_answers_with_median_and_p90_and_who_waits_now(days):
    catch_up()
    valid = MessageFact.objects.filter(answer_bin__isnull=False).values("pk")
    waits = sorted(Answer.objects.filter(pk__in=valid).values_list("seconds", flat=True))

    total = responses_report(WHOLE).total

    assert total["answered"] == len(waits) > 3
    assert total["median_seconds"] == pytest.approx(waits[(len(waits) - 1) // 2], rel=0.01)
    by_user = responses_report(WHOLE.by_keys("user"))
    assert sum(row["answered"] for row in by_user.rows) == len(waits)
    assert sum(row["waiting"] for row in by_user.rows) == total["waiting"] > 0
    assert all(row["waiting"] is None for row in responses_report(WHOLE.by_keys("day")).rows)


def test_who_waits_is_counted_by_any_keys_and_only_where_it_is_asked_for(days):
    for place in range(6):
        make_inbound(days.numbers[place % 2], f"3460000000{place}")
    waiting = Conversation.objects.filter(needs_reply_since__isnull=False)
    waiting.first().labels.add(Label.objects.get())
    for place, thread in enumerate(waiting.order_by("pk")):
        thread.assignee = (None, *days.people)[place % 3]
        thread.save(update_fields=["assignee"])
    one, ana = days.numbers[0], days.people[0]

    def found(*keys, **narrowed):
        asked = replace(WHOLE, by=keys, **narrowed)
        rows = responses_report(asked).rows
        return {tuple(row[key] for key in keys): row["waiting"] for row in rows if row["waiting"]}

    def expected(*columns, **conditions):
        rows = waiting.filter(**conditions).values_list(*columns or ["status"])
        return dict(Counter(row if columns else () for row in rows))

    assert len(expected("did_number__number", "assignee__username")) > 2
    for narrowed, conditions in (
        ({}, {}),
        ({"numbers": (one.pk,)}, {"did_number": one}),
        ({"numbers": ()}, {"did_number": None}),
        ({"user": ana.pk}, {"assignee": ana}),
    ):
        assert found(**narrowed) == expected(**conditions)
        assert found("number", **narrowed) == expected("did_number__number", **conditions)
        assert found("user", **narrowed) == expected("assignee__username", **conditions)
        assert found("label", **narrowed) == expected("labels__name", **conditions)


def test_by_label_a_message_counts_for_each_label_of_its_conversation(days):
    found = messages_report(WHOLE.by_keys("label"))

    labeled = [m for m in seen() if m.conversation.labels.exists()]
    rows = {row["label"]: row for row in found.rows}
    assert list(rows) == ["VIP", None]
    assert rows["VIP"]["inbound"] == sum(m.is_inbound for m in labeled)
    assert rows["VIP"]["outbound"] == sum(not m.is_inbound for m in labeled)
    assert found.total == messages_report(WHOLE).total


def test_only_the_numbers_and_the_person_that_are_asked_for(days):
    one, ana = days.numbers[0], days.people[0]

    of_number = messages_report(replace(WHOLE, numbers=(one.pk,))).total
    of_ana = messages_report(replace(WHOLE, user=ana.pk)).total
    of_none = messages_report(replace(WHOLE, numbers=())).total

    assert of_number["inbound"] == sum(m.is_inbound for m in seen() if m.did_number_id == one.pk)
    assert of_ana["outbound"] == sum(m.sent_by_id == ana.pk for m in seen())
    assert not any(of_none.values())


def test_a_report_knows_what_happened_a_moment_ago():
    message = make_inbound()
    day = Question(first=NOW.date(), last=NOW.date(), zone="UTC")
    assert messages_report(day).total["inbound"] == 1

    make_outbound(message.conversation, user=make_user())

    assert messages_report(day).total["outbound"] == 1


def test_midnight_of_the_zone_parts_the_days():
    make_inbound(at=NOW.replace(hour=18, minute=14))
    make_inbound(at=NOW.replace(hour=18, minute=15))

    rows = messages_report(replace(WHOLE, first=NOW.date()).by_keys("day", "hour", "weekday")).rows

    day = NOW.date()
    assert [(row["day"], row["hour"], row["weekday"]) for row in rows] == [
        (day.isoformat(), 23, day.isoweekday()),
        ((day + timedelta(days=1)).isoformat(), 0, (day + timedelta(days=1)).isoweekday()),
    ]
