import pytest

from messaging.services.search.tokenizer import (
    exact_terms_of,
    fits,
    fts5_query,
    marked,
    marked_digits,
    search_text_of,
    search_text_of_contact,
    snippet,
    terms_of,
    tsquery,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Hello, World!", "hello world", id="words in lowercase"),
        pytest.param("Martínez naïve Łódź", "martinez naive łodz", id="accents go"),
        pytest.param("INV-2041 at 10:30", "inv 2041 at 10 30", id="digits are words"),
        pytest.param("发票什么时候", "发票 票什 什么 么时 时候 候", id="Chinese in pairs"),
        pytest.param("票", "票", id="one sign"),
        pytest.param("iPhone手机", "iphone 手机 机", id="both in one word"),
        pytest.param("안녕하세요", "안녕 녕하 하세 세요 요", id="Korean in pairs"),
        pytest.param("ไทย 5", "ไท ทย ย 5", id="Thai in pairs"),
        pytest.param("ລາວ", "ລາ າວ ວ", id="Lao in pairs"),
        pytest.param(
            "\u1019\u1014\u200b\u1019", "\u1019\u1014 \u1014\u1019 \u1019", id="an unseen space"
        ),
        pytest.param("ខ្មែរ។", "ខ\ua1f2 \ua1f2ម ម\ua1e2 \ua1e2រ រ", id="Khmer, a letter for a sign"),
        pytest.param("شُكْرًا", "شكرا", id="Arabic without its marks"),
        pytest.param("شكـــرا", "شكرا", id="Arabic that is stretched"),
        pytest.param("أحمد إلى آخر", "احمد الي اخر", id="forms of alef and yeh"),
        pytest.param("שָׁלוֹם", "שלום", id="Hebrew without its marks"),
        pytest.param("हिन्दी भाषा।", "हिन्दी भाषा", id="marks inside words stay"),
        pytest.param("👍 … !!", "", id="nothing to find"),
    ],
)
def test_a_text_is_found_under_its_words(text, words):
    assert search_text_of(text) == words


def test_every_part_of_a_number_is_the_beginning_of_a_word():
    words = search_text_of_contact(name="Ana Ruiz", phone_key="346123")

    assert words == "ana ruiz 346123 46123 6123 123"


def test_a_contact_is_found_by_memo_and_e_mail_too():
    words = search_text_of_contact(
        name="Ana", phone_key="3461", memo="Likes mornings.", email="a_ruiz@example.com"
    )

    assert words == "ana likes mornings a ruiz example com 3461 461"


def test_a_sender_without_a_number_is_found_by_its_letters():
    assert search_text_of_contact(name="", phone_key="nxbank") == "nxbank"


@pytest.mark.parametrize(
    ("query", "fts5", "postgresql"),
    [
        pytest.param("thurs", '"thurs"*', "(thurs:*)", id="a word may go on"),
        pytest.param("Elena x", '"elena"* AND "x"*', "(elena:*) & (x:*)", id="all words"),
        pytest.param("发票", '"发票"', "(发票)", id="two signs"),
        pytest.param("什么时", '"什么 么时"', "(什么 <-> 么时)", id="three signs side by side"),
        pytest.param("票", '"票"*', "(票:*)", id="one sign"),
        pytest.param('") OR 1=1 --', '"or"* AND "1"*', "(or:*) & (1:*)", id="no syntax comes in"),
    ],
)
def test_a_query_asks_both_databases_for_the_same(query, fts5, postgresql):
    terms = terms_of(query)

    assert (fts5_query(terms), tsquery(terms)) == (fts5, postgresql)


def test_matches_are_marked_in_the_text_as_it_was_written():
    assert marked("El señor Martínez", terms_of("martinez senor")) == [
        ("El ", False),
        ("señor", True),
        (" ", False),
        ("Martínez", True),
    ]


def test_a_word_is_marked_from_its_beginning_only():
    assert marked("unthursday thursday", terms_of("thurs")) == [
        ("unthursday ", False),
        ("thurs", True),
        ("day", False),
    ]


def test_signs_without_spaces_are_marked_anywhere():
    assert marked("请问发票好了", terms_of("发票")) == [
        ("请问", False),
        ("发票", True),
        ("好了", False),
    ]


def test_a_snippet_begins_shortly_before_the_match():
    text = "one two three four five six seven eight nine ten eleven twelve needle end"

    assert snippet(text, terms_of("needle")) == [
        ("…", False),
        ("twelve ", False),
        ("needle", True),
        (" end", False),
    ]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        pytest.param("thurs", True, id="the beginning of a word"),
        pytest.param("ursday", False, id="not its end"),
        pytest.param("ten thursday", True, id="in any order"),
        pytest.param("ten friday", False, id="all of them"),
        pytest.param("发票好", True, id="signs side by side"),
        pytest.param("票发", False, id="not the other way round"),
    ],
)
def test_a_text_fits_as_the_index_finds_it(query, is_found):
    assert fits(search_text_of("Thursday at ten? 发票好了"), terms_of(query)) is is_found


@pytest.mark.parametrize(
    ("digits", "parts"),
    [
        ("61234", [("+34 ", False), ("612 34", True), (" 56 78", False)]),
        ("34612345678", [("+", False), ("34 612 34 56 78", True)]),
        ("999", []),
    ],
)
def test_digits_are_marked_in_a_number_as_people_read_it(digits, parts):
    assert marked_digits("+34 612 34 56 78", digits) == parts


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("AB-1234/56", [("ab", "1234", "56")]),
        ("ab-1234/56.", [("ab", "1234", "56")]),
        ("invoice INV_2041-7 please", [("invoice",), ("inv", "2041", "7"), ("please",)]),
        ("10:30", [("10", "30")]),
        ("well-known", []),
        ("AB 1234 56", []),
        ("AB1234", []),
        ("#1234", []),
        ("发票2041-7", [("发票",), ("2041", "7")]),
        ("", []),
        ("-" * 1000 + "1", []),
    ],
)
def test_a_reference_is_letters_and_digits_in_parts(query, words):
    found = [term.words for term in exact_terms_of(query)]

    assert found == words


@pytest.mark.parametrize(
    ("text", "query", "marked_part"),
    [
        ("Your ref AB-1234/56.", "ab-1234/56", "AB-1234/56"),
        ("قال شُكْرًا لك", "شكرا", "شُكْرًا"),
        ("ขอบคุณมากครับ", "มาก", "มาก"),
        ("לך שָׁלוֹם!", "שלום", "שָׁלוֹם"),
    ],
    ids=["a reference", "Arabic with marks", "Thai inside a run", "Hebrew with marks"],
)
def test_what_was_found_is_marked_whole(text, query, marked_part):
    terms = exact_terms_of(query) or terms_of(query)

    assert [part for part, is_match in marked(text, terms) if is_match] == [marked_part]
