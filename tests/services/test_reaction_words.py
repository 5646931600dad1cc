"""The texts that phones send for a reaction are told from what people write."""

import pytest

from messaging.services.reaction_words import Reaction, is_reaction_like, readings_of

READ = {
    "Loved “See you”": Reaction("❤️", "See you"),
    "Liked “See you”": Reaction("👍", "See you"),
    'Liked "See you"': Reaction("👍", "See you"),
    "Disliked “See you”": Reaction("👎", "See you"),
    "Laughed at “See you”": Reaction("😂", "See you"),
    "Emphasized “See you”": Reaction("‼️", "See you"),
    "Emphasised “See you”": Reaction("‼️", "See you"),
    "Questioned “See you”": Reaction("❓", "See you"),
    "Reacted 😀 to “See you”": Reaction("😀", "See you"),
    "Reacted with a sticker to “See you”": Reaction("🖼️", "See you"),
    "👍 to “See you”": Reaction("👍", "See you"),
    "👍🏽 to “See you”": Reaction("👍🏽", "See you"),
    "\u200b👍\u200b to “\u200bSee you\u200b”": Reaction("👍", "\u200bSee you\u200b"),
    "Liked “He said “yes” twice”": Reaction("👍", "He said “yes” twice"),
    "Liked “See you on Mon": Reaction("👍", "See you on Mon"),
    "Removed a heart from “See you”": Reaction("❤️", "See you", is_removal=True),
    "Removed a like from “See you”": Reaction("👍", "See you", is_removal=True),
    "Removed a dislike from “See you”": Reaction("👎", "See you", is_removal=True),
    "Removed a laugh from “See you”": Reaction("😂", "See you", is_removal=True),
    "Removed an exclamation from “See you”": Reaction("‼️", "See you", is_removal=True),
    "Removed a question mark from “See you”": Reaction("❓", "See you", is_removal=True),
    "Removed 😀 from “See you”": Reaction("😀", "See you", is_removal=True),
    "Le encantó “Hola”": Reaction("❤️", "Hola"),
    "Le gustó “Hola”": Reaction("👍", "Hola"),
    "No le gustó “Hola”": Reaction("👎", "Hola"),
    "Le dio risa “Hola”": Reaction("😂", "Hola"),
    "Exclamó por “Hola”": Reaction("‼️", "Hola"),
    "Dudó sobre “Hola”": Reaction("❓", "Hola"),
    "Reaccionó con 😀 a “Hola”": Reaction("😀", "Hola"),
    "Quitó un corazón de “Hola”": Reaction("❤️", "Hola", is_removal=True),
    "A adoré « à demain »": Reaction("❤️", " à demain "),
    "A aimé « à demain »": Reaction("👍", " à demain "),
    "N’a pas aimé « à demain »": Reaction("👎", " à demain "),
    "A ri de « à demain »": Reaction("😂", " à demain "),
    "A mis en évidence « à demain »": Reaction("‼️", " à demain "),
    "S’est interrogé(e) sur « à demain »": Reaction("❓", " à demain "),
    "A réagi avec 🔥 à « à demain »": Reaction("🔥", " à demain "),
    "A retiré un J’aime de « à demain »": Reaction("👍", " à demain ", is_removal=True),
    "Liebt „Bis bald“": Reaction("❤️", "Bis bald"),
    "Gefällt „Bis bald“": Reaction("👍", "Bis bald"),
    "Gefällt nicht „Bis bald“": Reaction("👎", "Bis bald"),
    "Lacht über „Bis bald“": Reaction("😂", "Bis bald"),
    "Betont „Bis bald“": Reaction("‼️", "Bis bald"),
    "Hinterfragt „Bis bald“": Reaction("❓", "Bis bald"),
    "Reagierte mit 👍 auf „Bis bald“": Reaction("👍", "Bis bald"),
    "Hat ein Herz von „Bis bald“ entfernt": Reaction("❤️", "Bis bald", is_removal=True),
    "Ha adorato “A domani”": Reaction("❤️", "A domani"),
    "Mi piace “A domani”": Reaction("👍", "A domani"),
    "Ha riso a “A domani”": Reaction("😂", "A domani"),
    "Ha reagito con 👍 a “A domani”": Reaction("👍", "A domani"),
    "Ha rimosso un cuore da “A domani”": Reaction("❤️", "A domani", is_removal=True),
    "Amou “Até já”": Reaction("❤️", "Até já"),
    "Curtiu “Até já”": Reaction("👍", "Até já"),
    "Reagiu com 👍 a “Até já”": Reaction("👍", "Até já"),
    "Vindt “Tot zo” leuk": Reaction("👍", "Tot zo"),
    "Reageerde met 👍 op “Tot zo”": Reaction("👍", "Tot zo"),
    "喜欢“明天见”": Reaction("👍", "明天见"),
    "对“明天见”表示喜爱": Reaction("❤️", "明天见"),
    "不喜欢“明天见”": Reaction("👎", "明天见"),
    "用👍回应了“明天见”": Reaction("👍", "明天见"),
    "取消了对“明天见”的赞": Reaction("👍", "明天见", is_removal=True),
    "喜歡「明天見」": Reaction("👍", "明天見"),
    "對「明天見」回應了👍": Reaction("👍", "明天見"),
    "“また明日”に「いいね」しました": Reaction("👍", "また明日"),
    "“また明日”にハートを付けました": Reaction("❤️", "また明日"),
    "「また明日」に👍でリアクションしました": Reaction("👍", "また明日"),
    "“내일 봐요”에 좋아요 표시": Reaction("👍", "내일 봐요"),
    "“내일 봐요”에 👍 반응": Reaction("👍", "내일 봐요"),
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
