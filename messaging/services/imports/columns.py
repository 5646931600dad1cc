"""What the columns of a file mean: by their names in English and Chinese, else by their cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

from messaging.models.contact import LONGEST_FIELD_NAME
from messaging.models.import_job import ImportJob
from messaging.typed_numbers import InvalidPhoneNumber, typed_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.utils.functional import _StrPromise

#: Not imported.
IGNORED: Final = ""
PHONE, NAME, GIVEN, FAMILY = "phone", "name", "given_name", "family_name"
EMAIL, LANGUAGE, SHORTCUT, TEXT = "email", "language", "shortcut", "text"
#: Kept with the contact under the column's own name.
FIELD: Final = "field"

#: What a column of each kind of import may mean, in the order of the choice.
MEANINGS: Final[dict[str, dict[str, _StrPromise]]] = {
    ImportJob.Kind.CONTACTS: {
        IGNORED: gettext_lazy("Don’t import"),
        PHONE: gettext_lazy("Phone number"),
        NAME: gettext_lazy("Name"),
        GIVEN: gettext_lazy("First name"),
        FAMILY: gettext_lazy("Last name"),
        EMAIL: gettext_lazy("Email"),
        LANGUAGE: gettext_lazy("Language"),
        FIELD: gettext_lazy("Another field, named like the column"),
    },
    ImportJob.Kind.OPT_OUTS: {
        IGNORED: gettext_lazy("Don’t import"),
        PHONE: gettext_lazy("Phone number"),
    },
    ImportJob.Kind.SAVED_REPLIES: {
        IGNORED: gettext_lazy("Don’t import"),
        SHORTCUT: gettext_lazy("Shortcut"),
        TEXT: gettext_lazy("Message text"),
    },
}
#: Without these nothing can be imported.
NEEDED: Final = {
    ImportJob.Kind.CONTACTS: (PHONE,),
    ImportJob.Kind.OPT_OUTS: (PHONE,),
    ImportJob.Kind.SAVED_REPLIES: (SHORTCUT, TEXT),
}
#: Of these a file may have several columns.
REPEATABLE: Final = frozenset({IGNORED, PHONE, FIELD})

_WORDS: Final = {
    PHONE: (
        "phone phonenumber mobile mobilephone mobilenumber cell cellphone telephone tel number"
        " homephone workphone businessphone primaryphone otherphone contactnumber msisdn to"
        " recipient sms whatsapp 电话 电话号码 手机 手机号 手机号码 移动电话 号码 联系电话"
        " 联系方式 座机 办公电话 家庭电话 電話 手機"
    ),
    NAME: (
        "name fullname displayname contact contactname customer customername client 姓名 名称"
        " 名字 联系人 客户 客户姓名 客户名称 全名"
    ),
    GIVEN: "firstname givenname forename first 名",
    FAMILY: "lastname familyname surname last 姓 姓氏",
    EMAIL: ("email emailaddress mail eaddress 邮箱 邮件 电子邮件 电子邮箱 邮件地址 邮箱地址"),
    LANGUAGE: "language lang locale preferredlanguage 语言 语种",
    SHORTCUT: (
        "shortcut short abbreviation code title 快捷方式 快捷词 快捷码 快捷键 缩写 代码 标题"
    ),
    TEXT: (
        "text content message messagetext body reply template 内容 正文 文本 短信 短信内容"
        " 回复 快捷回复 模板 话术"
    ),
}
_MEANING_OF: Final = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_NOT_LETTERS: Final = re.compile(r"[\W_\d]+")
_A_PHONE: Final = re.compile(r"phone|mobile|cell|电话|手机")
_NO_PHONE: Final = re.compile(r"fax|传真|type|label|ext")
#: Rows by which a column without a known name is judged, and how many of them must agree.
SAMPLE_ROWS: Final = 100
MOST_OF_THEM: Final = 0.6
#: Fewer digits are an amount or a year.
LEAST_DIGITS: Final = 7


def recognize(kind: str, rows: Sequence[Sequence[str]]) -> tuple[list[str], bool]:
    """Return what each column means, and whether the first row holds their names.

    Args:
        kind: of the import.
        rows: the first rows of the file, all of one width.
    """
    allowed = MEANINGS[kind]
    named = [_by_name(cell, allowed=allowed) for cell in rows[0]]
    has_header = any(named) or _looks_like_header(rows)
    body = rows[1 : SAMPLE_ROWS + 1] if has_header else rows[:SAMPLE_ROWS]
    found: list[str] = []
    for column, meaning in enumerate(named if has_header else [IGNORED] * len(rows[0])):
        is_again = meaning in found and meaning not in REPEATABLE
        cells = [row[column] for row in body if row[column]]
        is_empty = meaning == PHONE and body and not cells
        found.append(IGNORED if is_again or is_empty else meaning)
    _by_content(found, body, allowed=allowed, has_header=has_header)
    return found, has_header


def column_names(header: Sequence[str]) -> list[str]:
    """Return the columns' own names, under which contacts keep what has no place of its own."""
    return [" ".join(cell.split())[:LONGEST_FIELD_NAME] for cell in header]


def lacking(kind: str, columns: Sequence[str]) -> list[str]:
    """Return what must be among the columns and is not."""
    return [meaning for meaning in NEEDED[kind] if meaning not in columns]  # type: ignore[index]


def _by_name(cell: str, *, allowed: dict[str, _StrPromise]) -> str:
    word = _NOT_LETTERS.sub("", cell[:100].casefold())
    meaning = _MEANING_OF.get(word, IGNORED)
    if not meaning and _A_PHONE.search(word) and not _NO_PHONE.search(word):
        meaning = PHONE
    if not meaning and word.startswith("email") and not _NO_PHONE.search(word):
        meaning = EMAIL
    if meaning == PHONE and _is_phone(cell):
        meaning = IGNORED
    return meaning if meaning in allowed else IGNORED


def _looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row holds no number where the next ones do."""
    below = rows[1 : SAMPLE_ROWS + 1]
    return not any(_is_phone(cell) for cell in rows[0]) and any(
        _share([row[column] for row in below], _is_phone) >= MOST_OF_THEM
        for column in range(len(rows[0]))
    )


def _by_content(
    found: list[str],
    body: Sequence[Sequence[str]],
    *,
    allowed: dict[str, _StrPromise],
    has_header: bool,
) -> None:
    """Find by its cells what no column is called; a column with another name is no name."""
    columns = {
        index: [row[index] for row in body]
        for index, meaning in enumerate(found)
        if meaning == IGNORED
    }
    tests = {PHONE: _is_phone, EMAIL: _is_email, SHORTCUT: _is_shortcut}
    for meaning, fits in tests.items():
        if meaning not in allowed or meaning in found:
            continue
        shares = {index: _share(cells, fits) for index, cells in columns.items()}
        best = max(shares, key=lambda index: shares[index], default=None)
        if best is not None and shares[best] >= MOST_OF_THEM:
            found[best] = meaning
            del columns[best]
    rest = IGNORED if has_header or {NAME, GIVEN, FAMILY} & set(found) else NAME
    for meaning in (rest, TEXT):
        if meaning and meaning in allowed and meaning not in found:
            texts = {index: _share(cells, _is_text) for index, cells in columns.items()}
            best = max(texts, key=lambda index: texts[index], default=None)
            if best is not None and texts[best] >= MOST_OF_THEM:
                found[best] = meaning
                del columns[best]


def _share(cells: Sequence[str], fits: Callable[[str], bool]) -> float:
    filled = [cell for cell in cells if cell]
    return sum(map(fits, filled)) / len(filled) if filled else 0.0


def _is_phone(cell: str) -> bool:
    try:
        digits = typed_number(cell[:100].removeprefix("'")).digits
    except InvalidPhoneNumber:
        return False
    return len(digits) >= LEAST_DIGITS


def _is_email(cell: str) -> bool:
    name, at, host = cell[:254].partition("@")
    return bool(name and at and "." in host and " " not in cell)


def _is_shortcut(cell: str) -> bool:
    return len(cell) <= 31 and " " not in cell and not _is_phone(cell)


def _is_text(cell: str) -> bool:
    return any(sign.isalpha() for sign in cell[:200]) and not _is_email(cell)
