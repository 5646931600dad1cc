"""The texts that phones send for a reaction are told from what people write."""

import pytest

from messaging.services.content.reaction_texts import Reading, is_reaction_like, readings_of

READ = {
    "Loved “See you”": Reading("❤️", "See you"),
    "Liked “See you”": Reading("👍", "See you"),
    'Liked "See you"': Reading("👍", "See you"),
    "Disliked “See you”": Reading("👎", "See you"),
    "Laughed at “See you”": Reading("😂", "See you"),
    "Emphasized “See you”": Reading("‼️", "See you"),
    "Emphasised “See you”": Reading("‼️", "See you"),
    "Questioned “See you”": Reading("❓", "See you"),
    "Reacted 😀 to “See you”": Reading("😀", "See you"),
    "Reacted with a sticker to “See you”": Reading("🖼️", "See you"),
    "👍 to “See you”": Reading("👍", "See you"),
    "👍🏽 to “See you”": Reading("👍🏽", "See you"),
    "\u200b👍\u200b to “\u200bSee you\u200b”": Reading("👍", "\u200bSee you\u200b"),
    "Liked “He said “yes” twice”": Reading("👍", "He said “yes” twice"),
    "Liked “See you on Mon": Reading("👍", "See you on Mon"),
    "Removed a heart from “See you”": Reading("❤️", "See you", is_removal=True),
    "Removed a like from “See you”": Reading("👍", "See you", is_removal=True),
    "Removed a dislike from “See you”": Reading("👎", "See you", is_removal=True),
    "Removed a laugh from “See you”": Reading("😂", "See you", is_removal=True),
    "Removed an exclamation from “See you”": Reading("‼️", "See you", is_removal=True),
    "Removed a question mark from “See you”": Reading("❓", "See you", is_removal=True),
    "Removed 😀 from “See you”": Reading("😀", "See you", is_removal=True),
    "Le encantó “Hola”": Reading("❤️", "Hola"),
    "Le gustó “Hola”": Reading("👍", "Hola"),
    "No le gustó “Hola”": Reading("👎", "Hola"),
    "Le dio risa “Hola”": Reading("😂", "Hola"),
    "Exclamó por “Hola”": Reading("‼️", "Hola"),
    "Dudó sobre “Hola”": Reading("❓", "Hola"),
    "Reaccionó con 😀 a “Hola”": Reading("😀", "Hola"),
    "Quitó un corazón de “Hola”": Reading("❤️", "Hola", is_removal=True),
    "A adoré « à demain »": Reading("❤️", " à demain "),
    "A aimé « à demain »": Reading("👍", " à demain "),
    "N’a pas aimé « à demain »": Reading("👎", " à demain "),
    "A ri de « à demain »": Reading("😂", " à demain "),
    "A mis en évidence « à demain »": Reading("‼️", " à demain "),
    "S’est interrogé(e) sur « à demain »": Reading("❓", " à demain "),
    "A réagi avec 🔥 à « à demain »": Reading("🔥", " à demain "),
    "A retiré un J’aime de « à demain »": Reading("👍", " à demain ", is_removal=True),
    "Liebt „Bis bald“": Reading("❤️", "Bis bald"),
    "Gefällt „Bis bald“": Reading("👍", "Bis bald"),
    "Gefällt nicht „Bis bald“": Reading("👎", "Bis bald"),
    "Lacht über „Bis bald“": Reading("😂", "Bis bald"),
    "Betont „Bis bald“": Reading("‼️", "Bis bald"),
    "Hinterfragt „Bis bald“": Reading("❓", "Bis bald"),
    "Reagierte mit 👍 auf „Bis bald“": Reading("👍", "Bis bald"),
    "Hat ein Herz von „Bis bald“ entfernt": Reading("❤️", "Bis bald", is_removal=True),
    "Ha adorato “A domani”": Reading("❤️", "A domani"),
    "Mi piace “A domani”": Reading("👍", "A domani"),
    "Ha riso a “A domani”": Reading("😂", "A domani"),
    "Ha reagito con 👍 a “A domani”": Reading("👍", "A domani"),
    "Ha rimosso un cuore da “A domani”": Reading("❤️", "A domani", is_removal=True),
    "Amou “Até já”": Reading("❤️", "Até já"),
    "Curtiu “Até já”": Reading("👍", "Até já"),
    "Reagiu com 👍 a “Até já”": Reading("👍", "Até já"),
    "Vindt “Tot zo” leuk": Reading("👍", "Tot zo"),
    "Reageerde met 👍 op “Tot zo”": Reading("👍", "Tot zo"),
    "喜欢“明天见”": Reading("👍", "明天见"),
    "对“明天见”表示喜爱": Reading("❤️", "明天见"),
    "不喜欢“明天见”": Reading("👎", "明天见"),
    "用👍回应了“明天见”": Reading("👍", "明天见"),
    "取消了对“明天见”的赞": Reading("👍", "明天见", is_removal=True),
    "喜歡「明天見」": Reading("👍", "明天見"),
    "對「明天見」回應了👍": Reading("👍", "明天見"),
    "“また明日”に「いいね」しました": Reading("👍", "また明日"),
    "“また明日”にハートを付けました": Reading("❤️", "また明日"),
    "「また明日」に👍でリアクションしました": Reading("👍", "また明日"),
    "“내일 봐요”에 좋아요 표시": Reading("👍", "내일 봐요"),
    "“내일 봐요”에 👍 반응": Reading("👍", "내일 봐요"),
}
ORDINARY = [
    "I loved “See you”",
    "He said “yes”",
    "Loved it, thank you",
    "“See you” is what I meant",
    "What does “See you” mean?",
    "I don't like “See you”",
    "Loved “See you”, when do we meet?",
    "👍",
    "ok “See you” 👍",
    "“See you”",
    "to “See you”",
    "Removed “See you”",
    "Reacted to “See you”",
    "Loved ❤️",
    "Liked “”",
    "Liked Loved “See you”",
    'Liked "See you',
    "",
]


@pytest.mark.parametrize(("text", "reaction"), READ.items(), ids=READ.keys())
def test_a_reaction_is_read_with_its_sign_and_what_it_quotes(text, reaction):
    assert reaction in list(readings_of(text))


@pytest.mark.parametrize("text", ORDINARY)
def test_what_people_write_is_no_reaction(text):
    assert not is_reaction_like(text)


def test_a_text_longer_than_any_sms_is_no_reaction():
    assert not is_reaction_like("Liked “" + "x" * 3000 + "”")
