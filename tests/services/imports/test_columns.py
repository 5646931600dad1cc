"""Columns are recognized by their names in two languages, else by what they hold."""

import pytest

from messaging.services.imports.columns import lacking, recognize

ONE, TWO = "+34 612 345 678", "8613800138000"


@pytest.mark.parametrize(
    ("rows", "columns", "has_header"),
    [
        pytest.param(
            [["Name", "Phone Number", "E-mail"], ["Elena", ONE, "e@example.com"]],
            ["name", "phone", "email"], True, id="english",
        ),
        pytest.param(
            [["客户姓名", "手机号码", "电子邮箱", "语言", "备注"],
             ["王", TWO, "w@q.cn", "zh", "x"]],
            ["name", "phone", "email", "language", ""], True, id="chinese",
        ),
        pytest.param(
            [["First Name", "Last Name", "Mobile Phone", "Business Fax", "Home Phone"],
             ["Elena", "Vidal", ONE, TWO, TWO]],
            ["given_name", "family_name", "phone", "", "phone"], True, id="outlook",
        ),
        pytest.param(
            [["Name", "Phone 1 - Type", "Phone 1 - Value", "E-mail 1 - Value"],
             ["Elena", "Mobile", ONE, "e@example.com"]],
            ["name", "", "phone", "email"], True, id="google",
        ),
        pytest.param(
            [["Elena Vidal", ONE], ["Wang Li", TWO]], ["name", "phone"], False, id="no header",
        ),
        pytest.param(
            [["Klient", "Komórka"], ["Elena", ONE], ["Wang", TWO]],
            ["", "phone"], True, id="an unknown language",
        ),
        pytest.param(
            [["Name", "Contact name", "Phone"], ["a", "b", ONE]],
            ["name", "", "phone"], True, id="a meaning twice",
        ),
        pytest.param([[ONE]], ["phone"], False, id="numbers alone"),
    ],
)  # fmt: skip
def test_columns_of_contacts(rows, columns, has_header):
    assert recognize("contacts", rows) == (columns, has_header)


@pytest.mark.parametrize(
    ("rows", "columns", "has_header"),
    [
        pytest.param(
            [["快捷词", "内容"], ["您好", "您好，请问有什么可以帮您？"]],
            ["shortcut", "text"], True, id="chinese",
        ),
        pytest.param(
            [["hello", "Hello, how can we help?"], ["bye", "Thank you for your message."]],
            ["shortcut", "text"], False, id="no header",
        ),
    ],
)  # fmt: skip
def test_columns_of_saved_replies(rows, columns, has_header):
    assert recognize("saved_replies", rows) == (columns, has_header)


def test_what_is_needed_is_missed():
    assert lacking("contacts", ["name", ""]) == ["phone"]
    assert lacking("saved_replies", ["shortcut", "text"]) == []
