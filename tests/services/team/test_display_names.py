"""How people are called."""

from __future__ import annotations

import pytest

from messaging.services.team.display_names import full_name, initials, short_name


@pytest.mark.parametrize(
    ("first", "last", "whole", "short"),
    [
        ("Ana", "Ruiz", "Ana Ruiz", "Ana"),
        ("Ana", "", "Ana", "Ana"),
        ("", "Ruiz", "Ruiz", "Ruiz"),
        ("", "", "user", "user"),
        (" ", " ", "user", "user"),
        ("伟", "张", "张伟", "张伟"),
        ("娜娜", "欧阳", "欧阳娜娜", "欧阳娜娜"),
        ("伟", "", "伟", "伟"),
        ("太郎", "山田", "山田太郎", "山田太郎"),
        ("さくら", "佐々木", "佐々木さくら", "佐々木さくら"),
        ("민준", "김", "김민준", "김민준"),
        ("𠮷子", "𠮷田", "𠮷田𠮷子", "𠮷田𠮷子"),
        ("Wei", "张", "Wei 张", "Wei"),
        ("伟", "Zhang", "伟 Zhang", "伟"),
    ],
)
def test_a_name_is_written_as_its_script_has_it(first, last, whole, short):
    assert full_name(first_name=first, last_name=last, username="user") == whole
    assert short_name(first_name=first, last_name=last, username="user") == short


def test_an_avatar_shows_the_family_name_where_that_comes_first():
    assert initials(full_name(first_name="伟", last_name="张", username="wei")) == "张"
    assert initials(full_name(first_name="Ana", last_name="Ruiz", username="ana")) == "AR"
