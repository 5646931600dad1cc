"""No text, however long, holds a process in a regular expression, or in what surrounds one.

A pattern that looks at a text again from each of its characters takes a minute for 80 000 of them,
and holds the interpreter's lock: pushes and health checks wait with it.
"""

import ast
import importlib
import pkgutil
import re
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest

import didsms_site
import messaging
from didsms_site.logs import DiscreetFormatter
from messaging import phone_numbers, sms_text
from messaging.phone_numbers import mask
from messaging.services.content import keywords, near_opt_outs
from messaging.services.errors import InvalidInput
from messaging.services.search import tokenizer
from messaging.services.times.parser import LONGEST_TYPED, parse_time
from messaging.templatetags import thread_text

LENGTH = 100_000
#: Of processor time, for LENGTH characters.
MOST_SECONDS = 1.0
#: What is tried with one pattern: the branches of a list of words are all alike.
MOST_TEXTS = 40
#: How many of them, those that took longest, are tried ten times as long.
SLOWEST_TEXTS = 6
#: These see no longer texts: their module has a limit, and `READERS` tries it.
LONGEST_SEEN = {
    "messaging.services.content.near_opt_outs": near_opt_outs.LONGEST_LOOKED_AT,
    "messaging.services.search.tokenizer._REFERENCE": tokenizer.LONGEST_QUERY,
}
ROOT = Path(messaging.__file__).parent.parent
#: They put a pattern together from what they are given, and nothing in it is repeated within a
#: repetition.
MAY_MAKE_PATTERNS = {"didsms_site/logs.py", "messaging/sms_text.py"}


# Which patterns there are ---------------------------------------------------------------------


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from patterns_in(item)
    elif isinstance(value, dict):
        yield from patterns_in(list(value.items()))


def values_of(module: ModuleType) -> Iterator[tuple[str, object]]:
    for name, value in vars(module).items():
        yield name, value
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from vars(value).items()


def patterns_of(package: ModuleType) -> dict[tuple[str, int], str]:
    """Return every pattern that a package's modules keep, with the name of its place."""
    found: dict[tuple[str, int], str] = {}
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "gunicorn.conf" in info.name or ".migrations." in info.name:
            continue
        for name, value in values_of(importlib.import_module(info.name)):
            for pattern in patterns_in(value):
                found.setdefault((pattern.pattern, pattern.flags), f"{info.name}.{name}")
    return found


PATTERNS = patterns_of(messaging) | patterns_of(didsms_site)


# What is hard for them ------------------------------------------------------------------------


def sample(tokens: Iterable[Any]) -> str:
    """Return a text that a parsed pattern matches, or nearly."""
    return "".join(_sample(*token) for token in tokens)


def _sample(kind: Any, value: Any) -> str:
    if kind is op.LITERAL:
        return chr(value)
    if kind in {op.NOT_LITERAL, op.ANY}:
        return "x"
    if kind is op.IN:
        return members(value)[0]
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        return sample(value[2]) * max(value[0], 1)
    if kind is op.BRANCH:
        return sample(value[1][0])
    if kind is op.SUBPATTERN:
        return sample(value[3])
    if kind is op.ATOMIC_GROUP:
        return sample(value)
    return ""  # an assertion, or a group said again


OF_CATEGORY = {
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_NOT_DIGIT: "x",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_NOT_SPACE: "x",
    op.CATEGORY_WORD: "a",
    op.CATEGORY_NOT_WORD: "!",
}


def members(of: list[Any]) -> list[str]:
    """Return some characters of a set."""
    if of[0][0] is op.NEGATE:
        barred = set(members(of[1:])) if of[1:] else set()
        return [c for c in "x1 (!" if c not in barred][:1]
    found = []
    for kind, value in of:
        if kind is op.LITERAL:
            found.append(chr(value))
        elif kind is op.RANGE:
            found.append(chr(value[0]))
        elif kind is op.CATEGORY:
            found.append(OF_CATEGORY[value])
    return found


def hard_texts(tokens: Iterable[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield what comes once and what is repeated behind it, for each repetition of a pattern."""
    for kind, value in tokens:
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
            inner = list(value[2])
            units = members(inner[0][1])[:4] if inner[0][0] is op.IN else [sample(inner)]
            for unit in units:
                yield before, unit
                yield "", before + unit
            yield from hard_texts(inner, before)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from hard_texts(branch, before)
        elif kind is op.SUBPATTERN:
            yield from hard_texts(value[3], before)
        elif kind in {op.ASSERT, op.ASSERT_NOT}:
            yield from hard_texts(value[1], before)
        elif kind is op.ATOMIC_GROUP:
            yield from hard_texts(value, before)
        before += _sample(kind, value)
    yield "", before


Recipe = tuple[str, str, str]
"""How a text begins, what is repeated in it, and how it ends."""


def recipes_for(pattern: str, flags: int) -> list[Recipe]:
    """Return at most MOST_TEXTS recipes for texts, from the whole of the pattern."""
    found = sorted({pair for pair in hard_texts(parser.parse(pattern, flags)) if pair[1]})
    some = found[:: 1 + 3 * len(found) // MOST_TEXTS]
    return [(begin, unit, end) for begin, unit in some for end in ("", "\x00", " x")]


def text_of(recipe: Recipe, *, length: int) -> str:
    begin, unit, end = recipe
    return (begin + unit * (length // len(unit)))[:length] + end


def seconds_for(call: Callable[[], object]) -> float:
    began = time.thread_time()
    call()
    return time.thread_time() - began


def is_quick(call: Callable[[], object], *, most_seconds: float) -> bool:
    """Tell whether one of three calls takes less: a busy machine makes some of them slow."""
    return any(seconds_for(call) < most_seconds for _try in range(3))


def read_all(pattern: re.Pattern[str], text: str) -> object:
    """Match and search a text; None is kept of what is found, or garbage is collected."""
    return pattern.fullmatch(text), deque(pattern.finditer(text), 0)


def slowest_first(
    pattern: re.Pattern[str], recipes: Iterable[Recipe], *, length: int
) -> list[tuple[float, Recipe]]:
    """Return how many seconds the pattern took with each text, the longest first."""

    def seconds_with(recipe: Recipe) -> float:
        text = text_of(recipe, length=length)
        return seconds_for(lambda: read_all(pattern, text))

    return sorted(((seconds_with(each), each) for each in recipes), reverse=True)


def test_the_patterns_of_the_project_are_found():
    """Fails when the walk does not see what it is for."""
    places = set(PATTERNS.values())

    assert {
        "messaging.services.times.dates._WEEKDAY",
        "messaging.services.times.dates._DATES",
        "messaging.templatetags.thread_text.LINK",
        "messaging.nxcloud.push_fields._PRICE",
        "didsms_site.logs._PHONE_NUMBER",
    } <= places


@pytest.mark.parametrize(
    "bad", [r"(?P<next>下+)个?月", r"\s*\bo'clock", r"^a\W*(?:b)?\W*$", r"(?:a|aa)+b"]
)
def test_a_pattern_that_is_slow_is_noticed(bad):
    length = 28 if "aa" in bad else 3_000
    seconds, _recipe = slowest_first(re.compile(bad), recipes_for(bad, 0), length=length)[0]

    assert seconds > MOST_SECONDS * 3_000 / LENGTH


@pytest.mark.parametrize("reach", [LENGTH // 10, pytest.param(LENGTH, marks=pytest.mark.nightly)])
@pytest.mark.parametrize(("pattern", "flags"), PATTERNS, ids=PATTERNS.values())
def test_every_pattern_takes_less_than_a_second_for_a_hundred_thousand_characters(
    pattern, flags, reach
):
    compiled = re.compile(pattern, flags & ~re.DEBUG)

    place = PATTERNS[pattern, flags]
    longest = LONGEST_SEEN.get(place) or LONGEST_SEEN.get(place.rpartition(".")[0]) or LENGTH

    recipes = recipes_for(pattern, flags)
    # A slow one is found out with fewer characters, before it takes minutes.
    for length in sorted({1_000, LENGTH // 10, LENGTH, longest}):
        if length > min(longest, reach):
            break
        timed = slowest_first(compiled, recipes, length=length)
        most = max(MOST_SECONDS * length / LENGTH, 0.1)
        for seconds, recipe in timed:
            text = text_of(recipe, length=length)
            assert seconds < most or is_quick(
                lambda text=text: read_all(compiled, text), most_seconds=most
            ), f"{length} × {recipe!r}"
        if length >= LENGTH // 10:
            recipes = [recipe for _seconds, recipe in timed[:SLOWEST_TEXTS]]


def test_every_pattern_is_kept_where_the_test_above_finds_it():
    """A pattern inside a function would not be seen."""
    found = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for package in ("messaging", "didsms_site")
        for path in (ROOT / package).rglob("*.py")
        if str(path.relative_to(ROOT)) not in MAY_MAKE_PATTERNS
        for call in calls_of_re(ast.parse(path.read_text("utf-8")))
    }

    assert found == set()


def calls_of_re(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield the uses of `re` that keep no pattern, and those within a function."""
    in_functions = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        is_kept = node.func.attr == "compile" and id(node) not in in_functions
        if not (is_kept or node.func.attr == "escape"):
            yield node


# What is done with texts beside patterns ------------------------------------------------------

#: Python puts the marks on a letter in order by moving each past all others.
MARKS = "a" + "\u0301\u0323" * (LENGTH // 2)
LONG_TEXTS = {
    "marks": MARKS,
    "marks from one sign": "\u0f73\u0344" * (LENGTH // 2),
    "brackets": "https://a" + ")" * LENGTH,
    "signs behind an address": "https://a" + ".)" * (LENGTH // 2),
    "opening brackets": "https://a" + "(" * LENGTH + ")" * LENGTH,
    "next": "下" * LENGTH,
    "spaces": " " * LENGTH + "x",
    "digits": "1" * LENGTH,
    "letters that become many": "\ufdfa" * LENGTH,
    "opt-out": "stop" + "!" * LENGTH + "x",
    "addresses": "https://" * (LENGTH // 8),
    "mentions": "@a" * (LENGTH // 2),
}
READERS: dict[str, Callable[[str], object]] = {
    "normalize": sms_text.normalize,
    "measure": sms_text.measure,
    "address_key": phone_numbers.address_key,
    "lookup_keys": phone_numbers.lookup_keys,
    "search_text_of": tokenizer.search_text_of,
    "terms_of": tokenizer.terms_of,
    "snippet": lambda text: tokenizer.snippet(text, tokenizer.terms_of("mention")),
    "keyword_in": keywords.keyword_in,
    "seems_to_ask_for_opt_out": near_opt_outs.seems_to_ask_for_opt_out,
    "sms_text": thread_text.sms_text,
    "hidden_suggestion": thread_text.hidden_suggestion,
    "log": DiscreetFormatter(mask_number=mask, secrets=["secret-secret"]).discreet,
}


@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS.keys())
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_no_reader_of_texts_is_held_up_by_a_long_one(reader, text):
    assert is_quick(lambda: reader(text), most_seconds=MOST_SECONDS)


@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS.keys())
def test_a_long_text_is_no_time_and_is_not_searched_for_one(text):
    def read() -> str:
        with pytest.raises(InvalidInput) as refused:
            parse_time(text, at=datetime(2026, 11, 22, tzinfo=UTC), zone=UTC)
        return refused.value.code

    assert seconds_for(read) < 0.1
    assert read() == "unreadable"


def test_a_typed_time_may_be_as_long_as_the_limit_says():
    padded = "tomorrow" + " " * (LONGEST_TYPED - 9) + "9"

    moment = parse_time(padded, at=datetime(2026, 11, 22, tzinfo=UTC), zone=UTC)

    assert moment == datetime(2026, 11, 23, 9, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        parse_time(padded.replace(" ", "  ", 1), at=moment, zone=UTC)


def test_a_long_text_of_a_language_is_normalized_all_the_same():
    decomposed = unicodedata.normalize("NFD", "Tiếng Việt, 한국어 " * 500)

    assert sms_text.normalize(decomposed) == unicodedata.normalize("NFC", decomposed)


def test_a_heap_of_marks_in_a_long_text_stays_as_it_is():
    assert sms_text.normalize(MARKS) == MARKS
