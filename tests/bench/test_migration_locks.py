import sqlite3

from bench.migration_locks import BIG, Waits, fill, pokes, steps


def test_every_migration_after_the_first_release_is_measured_in_order():
    names = steps()

    assert names == sorted(names)
    assert names[0] == "0086_circuit_breaker_and_watermarks"


def test_the_longest_turn_is_kept_with_its_table():
    waits = Waits()
    for table, seconds in (("push", 0.1), ("message", 0.4), ("contact", 0.2)):
        waits.note(table, seconds)

    assert (waits.longest, waits.table, waits.turns) == (0.4, "message", 3)


def test_each_big_table_is_written_to_and_read():
    assert {name.split(" ")[0] for name, _statements in pokes(is_postgresql=True)} == set(BIG)


def test_the_tables_are_filled_by_one_number():
    statements = []

    class Link:
        def execute(self, sql: str) -> None:
            statements.append(sql)

        def close(self) -> None: ...

    fill(Link(), messages=20, is_postgresql=False)

    assert "WHERE i < 20" in statements[1]
    assert sum(line.startswith("INSERT INTO messaging_") for line in statements) == 6
    assert all(sqlite3.complete_statement(f"{line};") for line in statements)
