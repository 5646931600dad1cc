"""Rows of models, read and written by statements whose text is kept.

What a program sends by the thousand goes through here. The columns, their values and their order
come from the models, as for `bulk_create`; but Django builds the text of a statement each time,
which takes several times as long as running it.

Everything runs in the caller's transaction: on SQLite it has waited for its turn to write.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault

from .prepared import Statement, fetch, instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Row = TypeVar("Row", bound=models.Model)

#: Longer statements would make SQLite's limit of placeholders, and a plan for each length.
MOST_ROWS: Final = 100
#: Their values of these types are what the database gets.
_PLAIN_FIELDS: Final = (
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.BooleanField,
    models.ForeignKey,
)
_PLAIN_TYPES: Final = frozenset({str, int, bool})


class Columns(Generic[Row]):
    """Some columns of a model in a SELECT: their names in its text, an object of its row.

    Columns that are left out are fetched when somebody asks for them, as with `only()`. Columns of
    JSON are not supported.
    """

    def __init__(self, model: type[Row], alias: str, *names: str) -> None:
        """Choose columns.

        Args:
            model: the table.
            alias: what the statement calls it.
            names: attribute names (``contact_id``); none for all.
        """
        fields = [
            field for field in model._meta.concrete_fields if not names or field.attname in names
        ]
        self._model = model
        self.names = [field.attname for field in fields]
        self._times = {n for n, f in enumerate(fields) if isinstance(f, models.DateTimeField)}
        self._flags = {n for n, f in enumerate(fields) if isinstance(f, models.BooleanField)}
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self.count = len(fields)

    def read(self, values: Sequence[Any]) -> Row:
        """Return the object of a row's part.

        Args:
            values: as `fetch` gave them, `count` of them.
        """
        given = list(values)
        for number in self._times:
            if given[number] is not None:
                given[number] = instant(given[number])
        for number in self._flags:
            if given[number] is not None:
                given[number] = bool(given[number])
        return self._model.from_db(DEFAULT_DB_ALIAS, self.names, given)


def any_of(values: Iterable[Any]) -> tuple[str, tuple[Any, ...]]:
    """Return the text and the parameters of "one of these" for a kept statement.

    The text is the same for a similar number of values, so that few plans are kept.
    """
    given = list(values)
    wanted = 1
    while wanted < len(given):
        wanted *= 2
    given += given[-1:] * (wanted - len(given))
    return f"IN ({', '.join(['%s'] * wanted)})", tuple(given)


def insert_rows(rows: Sequence[Row], *, or_nothing: tuple[str, ...] | None = None) -> list[Row]:
    """Insert new objects and give them their ids, as `bulk_create` does; signals are not sent.

    Args:
        rows: objects of one model without ids.
        or_nothing: leave out a row where a unique constraint has another one. Attribute names that
            tell the rows from each other.

    Returns:
        The objects that were inserted, in their order.

    Raises:
        IntegrityError: a constraint refuses a row, and nothing is inserted.
    """
    inserted: list[Row] = []
    for start in range(0, len(rows), MOST_ROWS):
        inserted += _insert(rows[start : start + MOST_ROWS], or_nothing)
    return inserted


def _insert(rows: Sequence[Row], or_nothing: tuple[str, ...] | None) -> list[Row]:
    model = type(rows[0])
    fields = tuple(
        field
        for field in model._meta.concrete_fields
        if not field.primary_key
        and not isinstance(getattr(rows[0], field.attname), DatabaseDefault)
    )
    statement = _insert_text(model, fields, len(rows), or_nothing)
    found = fetch(Statement(statement, _values(rows, fields, is_new=True)))
    inserted = []
    waiting = iter(rows)
    for pk, *identity in found:
        row = next(waiting)
        while or_nothing and [getattr(row, name) for name in or_nothing] != identity:
            row = next(waiting)
        row.pk = pk
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        inserted.append(row)
    return inserted


@lru_cache(maxsize=1024)
def _insert_text(
    model: type[models.Model],
    fields: tuple[models.Field[Any, Any], ...],
    count: int,
    or_nothing: tuple[str, ...] | None,
) -> str:
    pk = model._meta.pk
    assert pk is not None  # noqa: S101  (every model has one)
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    returned = [pk, *(by_name[name] for name in or_nothing or ())]
    return " ".join(
        [
            _insert_into(model, fields, count),
            "ON CONFLICT DO NOTHING" if or_nothing is not None else "",
            f"RETURNING {_names(returned)}",
        ]
    )


def update_rows(rows: Sequence[models.Model], columns: Iterable[str]) -> None:
    """Write some columns of objects that were read whole and whose rows are locked.

    Args:
        rows: objects of one model, each once.
        columns: field names.
    """
    wanted = tuple(sorted(columns))
    if not wanted:
        return
    for start in range(0, len(rows), MOST_ROWS):
        part = rows[start : start + MOST_ROWS]
        model = type(part[0])
        text = _update_text(model, wanted, len(part))
        fetch(Statement(text, _values(part, model._meta.concrete_fields, is_new=False)))


@lru_cache(maxsize=1024)
def _update_text(model: type[models.Model], columns: tuple[str, ...], count: int) -> str:
    """Return an upsert that always finds its row: no type needs to be written into the text."""
    pk = model._meta.pk
    assert pk is not None  # noqa: S101
    by_name = {field.name: field for field in model._meta.concrete_fields}
    names = [f'"{by_name[name].column}"' for name in columns]
    return (
        f"{_insert_into(model, model._meta.concrete_fields, count)}"
        f' ON CONFLICT ("{pk.column}") DO UPDATE SET'
        f" {', '.join(f'{name} = excluded.{name}' for name in names)}"
        f' RETURNING "{pk.column}"'
    )


def _insert_into(
    model: type[models.Model], fields: Sequence[models.Field[Any, Any]], count: int
) -> str:
    row = f"({', '.join(['%s'] * len(fields))})"
    table = model._meta.db_table
    return f'INSERT INTO "{table}" ({_names(fields)}) VALUES {", ".join([row] * count)}'  # noqa: S608


def _names(fields: Iterable[Any]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _values(
    rows: Sequence[models.Model], fields: Sequence[models.Field[Any, Any]], *, is_new: bool
) -> tuple[Any, ...]:
    database = connections[DEFAULT_DB_ALIAS]
    prepared = _prepared(tuple(fields))
    values: list[Any] = []
    for row in rows:
        for name, field, is_plain, is_made in prepared:
            value = field.pre_save(row, add=True) if is_new and is_made else getattr(row, name)
            if value is not None and not (is_plain and type(value) in _PLAIN_TYPES):
                value = field.get_db_prep_save(value, connection=database)
            values.append(value)
    return tuple(values)


@lru_cache(maxsize=256)
def _prepared(
    fields: tuple[models.Field[Any, Any], ...],
) -> tuple[tuple[str, models.Field[Any, Any], bool, bool], ...]:
    """Return what is done with each field's value, so that it is not asked for each row."""
    return tuple(
        (
            field.attname,
            field,
            isinstance(field, _PLAIN_FIELDS),
            type(field).pre_save is not models.Field.pre_save,
        )
        for field in fields
    )
