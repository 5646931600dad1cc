"""Read the texts that phones send for a reaction: "Loved “See you at 5”", "👍 to “See you at 5”".

A phone that reacts to an SMS sends a text in its own language: a few words, or an emoji, and the
text in quotation marks. Only what is around the quotation decides; whether it quotes a text of
the conversation is looked up by `reactions`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .opt_out_phrases import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A longer text quotes no SMS.
LONGEST_LOOKED_AT: Final = 2000
#: What is around the quotation is a few words.
_LONGEST_AROUND: Final = 60

_PAIRS: Final = {
    "“": "”",
    "„": "“”",
    "«": "»",
    "‹": "›",
    "「": "」",
    "『": "』",
    "”": "”",
    '"': '"',
}
#: What somebody quotes; of a curly quotation that was cut off the end is missing.
QUOTED: Final = re.compile(
    r"“[^“”]*(?:”|$)|„[^“”]*(?:[“”]|$)|«[^»]*(?:»|$)|「[^」]*(?:」|$)|『[^』]*(?:』|$)|\"[^\"]*\""
)

#: The words of a reaction, by the sign that stands for it.
_KINDS: Final = {
    "❤️": """
        loved · loves · a heart · heart · le encanto · me encanto · le encanta · me encanta · corazon ·
        a adore · adore · coeur · cœur · liebt · geliebt · herz · adorato · adora · cuore · adorou ·
        amou · amei · adorei · coracao · houdt van · vindt geweldig · vond geweldig · hart · hartje ·
        喜爱 · 喜愛 · 最爱 · 最愛 · 爱心 · 愛心 · 红心 · 紅心 · ハート · ハートマーク · 大好き · 하트 · 사랑
    """,
    "👍": """
        liked · likes · a like · like · le gusto · me gusto · le gusta · me gusta · a aime · aime ·
        j aime · gefallt · gefallt mir · mag · daumen hoch · apprezzato · e piaciuto · mi piace ·
        piace · curtiu · curtir · curti · gostou · gostou de · gostei · vindt leuk · vond leuk ·
        leuk · duim omhoog · 喜欢 · 喜歡 · 赞 · 赞了 · 讚 · 点赞 · 說讚 · いいね · 좋아요 · 좋아합니다
    """,
    "👎": """
        disliked · dislikes · a dislike · dislike · no le gusto · no me gusto · no le gusta ·
        no me gusta · n a pas aime · je n aime pas · gefallt nicht · gefallt mir nicht · mag nicht ·
        daumen runter · non ha apprezzato · non mi piace · non e piaciuto · nao curtiu ·
        nao gostou · nao gostou de · nao gostei · vindt niet leuk · vond niet leuk · niet leuk ·
        duim omlaag · 不喜欢 · 不喜歡 · 踩 · 不赞 · よくない · よくないね · 싫어요 · 싫어합니다
    """,
    "😂": """
        laughed at · laughs at · a laugh · laugh · le dio risa · me dio risa · se rio de · se rio con ·
        risa · a ri de · a ri a · rire · lacht uber · lachte uber · gelacht · lachen · ha riso di ·
        ha riso a · ha riso per · risata · riu de · riu · riso · risada · lachte om · lacht om · lach ·
        haha · jaja · 笑 · 大笑 · 笑了 · 哈哈 · 爆笑 · 웃음 · 웃었습니다
    """,
    "‼️": """
        emphasized · emphasised · emphasizes · an exclamation · exclamation mark ·
        an exclamation mark · exclamo por · exclamo · enfatizo · destaco · exclamacion ·
        a mis en evidence · a souligne · a mis l accent sur · exclamation · point d exclamation ·
        betont · betonte · hervorgehoben · hebt hervor · hob hervor · ausrufezeichen ·
        enfatizzato · evidenziato · sottolineato · esclamazione · punto esclamativo · enfatizou ·
        destacou · exclamacao · benadrukte · benadrukt · uitroepteken · 强调 · 強調 · 感叹号 · 驚嘆號 ·
        びっくりマーク · 感嘆符 · 강조 · 느낌표
    """,
    "❓": """
        questioned · questions · a question mark · question mark · dudo sobre · dudo de · cuestiono ·
        pregunto sobre · interrogacion · signo de interrogacion · a pose une question sur ·
        a remis en question · a questionne · s est interroge · s est interroge e sur ·
        s est interroge sur · point d interrogation · hinterfragt · hinterfragte · in frage gestellt ·
        infrage gestellt · stellte infrage · fragezeichen · messo in dubbio · messo in discussione ·
        fatto una domanda su · punto interrogativo · punto di domanda · questionou · questionou sobre ·
        interrogacao · zette vraagtekens bij · vraagteken · vraagtekens · trok in twijfel · 质疑 ·
        質疑 · 疑问 · 疑問 · 问号 · 問號 · はてなマーク · はてな · 疑問符 · 물음표 · 의문 · 질문
    """,
    "🖼️": "a sticker · sticker · un sticker · 贴纸 · 貼圖 · ステッカー · 스티커",
}
_REACTED: Final = """
    reacted · reaction · reacciono · ha reaccionado · reaccion · a reagi · reagi · reaction ·
    reagierte · reagiert · hat reagiert · reaktion · reagito · reazione · reagiu · reacao ·
    reageerde · heeft gereageerd · reactie · 回应 · 回應 · 反应 · 反應 · 做出 · 做出了 ·
    リアクション · 反応 · 반응
"""
_REMOVED: Final = """
    removed · quito · elimino · ha quitado · ha eliminado · retiro · saco · a retire · a supprime ·
    a enleve · entfernte · entfernt · hat entfernt · rimosso · tolto · eliminato · removeu ·
    retirou · verwijderde · verwijderd · heeft verwijderd · 移除 · 移除了 · 删除 · 删除了 · 刪除 ·
    取消 · 取消了 · 撤回 · 撤回了 · 取り消し · 取り消しました · 削除 · 削除しました · 外しました · 취소 · 삭제 ·
    제거
"""
_AROUND: Final = """
    to · from · at · of · on · with · a · an · the · by · un · una · el · la · lo · le · les · de ·
    del · du · des · d · al · sobre · con · en · por · ha · avec · sur · une · hat · mit · auf · zu ·
    von · vom · ein · eine · einen · uber · der · das · die · den · da · di · dal · il · su · per ·
    com · para · do · um · uma · em · met · op · van · het · een · heeft · uit · bij · mir · mi · me ·
    对 · 對 · 了 · 的 · 表示 · 用 · 以 · 添加 · 添加了 · 加了 · 将 · 把 · 从 · 從 · 中 · 在 · 为 · 給 · 给 ·
    に · を · と · で · から · の · が · しました · と言いました · しています · 付けました · つけました ·
    追加 · 追加しました · 送りました · 에 · 에서 · 를 · 을 · 로 · 으로 · 이 · 가 · 했습니다 · 표시 · 추가 ·
    함 · 보냄 · 합니다 · 에게 · 대해 · 님이
"""


@dataclass(frozen=True)
class Reading:
    """A text that says it is a reaction.

    Attributes:
        sign: an emoji that stands for it.
        quoted: the text that it quotes, perhaps cut off with "…".
        is_removal: it takes a reaction back.
    """

    sign: str
    quoted: str
    is_removal: bool = False


def _bare(text: str) -> str:
    letters = (sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain(text))
    return " ".join("".join(letters).split())


def _table() -> dict[str, str]:
    table = dict.fromkeys(_listed(_AROUND), "")
    table |= dict.fromkeys(_listed(_REACTED), "reacted")
    table |= dict.fromkeys(_listed(_REMOVED), "removed")
    for sign, words in _KINDS.items():
        table |= dict.fromkeys(_listed(words), sign)
    return table


def _listed(words: str) -> Iterator[str]:
    return (_bare(word) for word in words.split("·") if word.strip())


_TABLE: Final = _table()
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_ENDS_UNSPACED: Final = re.compile(rf"[{_UNSPACED}]\Z")
_WORD: Final = re.compile(
    "(?:("
    + "|".join(
        re.escape(word) + ("" if _ENDS_UNSPACED.search(word) else r"(?![^\W_])")
        for word in sorted(_TABLE, key=len, reverse=True)
    )
    + ")) ?"
)


def is_reaction_like(content: str) -> bool:
    """Tell whether a text says that it is a reaction, whatever it quotes."""
    return next(readings_of(content), None) is not None


def readings_of(content: str) -> Iterator[Reading]:
    """Return how a text can be read as a reaction; nothing for an ordinary text.

    Args:
        content: the text as it came.
    """
    if len(content) > LONGEST_LOOKED_AT:
        return
    for opening, closings in _PAIRS.items():
        start = content.find(opening)
        if start < 0:
            continue
        end = max(content.rfind(closing) for closing in closings)
        if end <= start:
            if opening == '"' or end == start:
                continue
            end = len(content)
        found = _reaction(content[:start] + "\n" + content[end + 1 :], content[start + 1 : end])
        if found is not None:
            yield found


def _reaction(around: str, quoted: str) -> Reading | None:
    if len(around) > _LONGEST_AROUND or not quoted.strip():
        return None
    emoji = _emoji_in(around)
    kinds = _kinds_in(_bare(around))
    if kinds is None:
        return None
    signs = [kind for kind in kinds if kind not in {"", "reacted", "removed"}]
    if len(set(signs)) > 1 or not (emoji or signs):
        return None
    return Reading(emoji or signs[0], quoted, is_removal="removed" in kinds)


def _kinds_in(around: str) -> list[str] | None:
    """Return what each word around the quotation says; None when one says something else."""
    kinds, at = [], 0
    while at < len(around):
        word = _WORD.match(around, at)
        if word is None:
            return None
        kinds.append(_TABLE[word[1]])
        at = word.end()
    return kinds


def _emoji_in(around: str) -> str:
    """Return the emoji around the quotation, "" when there is none."""
    return "".join(sign for sign in around if _is_of_emoji(sign)).strip("\ufe0f\u200d")


def _is_of_emoji(sign: str) -> bool:
    if sign in "\ufe0f\u200d\u20e3\u203c\u2049":
        return True
    return unicodedata.category(sign) == "So" or "\U0001f3fb" <= sign <= "\U0001f3ff"
