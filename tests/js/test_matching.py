"""What is typed finds a name whatever its accents; what begins with it comes first."""

import pytest

pytestmark = [pytest.mark.browser]
# As the server folds, and beyond: letters that people leave out who have no key for them.
FOLDED = {
    "Ana Ruiz": "ana ruiz",
    "JOSÉ MARTÍNEZ": "jose martinez",
    "Ærø": "aero",
    "Straße": "strasse",
    "Łódź": "lodz",
    "Đặng Thị Hồng": "dang thi hong",
    "Þór": "thor",
    "Œuvre": "oeuvre",
    "Ισίδωρος": "ισιδωροσ",
    "Ёлка": "елка",
    "カタカナ": "かたかな",
    "ﬁne №": "fine no",
    "王小明": "王小明",
    "مُحَمَّد": "محمد",
    "ｆｕｌｌ １２": "full 12",
}
RANKS = {
    ("Ana Ruiz", ""): 0,
    ("Ana Ruiz", "an"): 0,
    ("Ana Ruiz", "ana ru"): 0,
    ("Ana Ruiz", "ru"): 1,
    ("Ana Ruiz", "ru an"): 1,
    ("Ana Ruiz", "na"): 2,
    ("Ana Ruiz", "iz an"): 2,
    ("Ana Ruiz", "tom"): -1,
    ("Ana Ruiz", "ana tom"): -1,
    ("José (jose@example.com)", "JOSÉ"): 0,
    ("Sales · +34 600", "600"): 1,
    ("Sales · +34 600", "00"): 2,
    ("Sales_Madrid", "madrid"): 1,
}


def test_names_are_folded_to_what_people_type(answers):
    found = answers("core/fold.js", "module.fold(given)", {name: name for name in FOLDED})

    assert found == FOLDED


def test_an_option_is_ranked_by_where_it_has_what_is_typed(answers):
    found = answers(
        "core/picker_list.js", "module.rank(...given)", {case: list(case) for case in RANKS}
    )

    assert found == RANKS
