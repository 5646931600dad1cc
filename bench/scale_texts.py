"""Texts and names for the measurement at scale: what people write to a restaurant or a hotel.

Words that the measurement searches for are in known shares of the texts, whatever the size of the
data set: FREQUENT in about every twentieth, PAIR in about every twenty-fifth, RARE in three of
fifty thousand.
"""

from __future__ import annotations

from random import Random
from typing import Final

FREQUENT: Final = "table"
RARE: Final = "zeppelin"
PAIR: Final = "预订"
NAME: Final = "Ingrid"
NOWHERE: Final = "qwxzzy"

_SENTENCES: Final = {
    "en": (
        "Can I book a {thing} for {n} on {day} at {hour}?",
        "Your {thing} is ready, order {code}.",
        "Thank you, see you on {day}!",
        "We are running late, about {n} minutes. Is that all right?",
        "Sorry, on {day} we have nothing left. Would {hour} on another day do?",
        "Please cancel {code}, the {extra} has changed.",
        "Where do I park? The {extra} is new to me.",
        "The code for the door is {code}, the {extra} is on the left.",
    ),
    "es": (
        "¿Tienen sitio para {n} el {day} a las {hour}?",
        "Su pedido {code} está listo.",
        "Gracias, hasta el {day}. {extra}",
        "Llegamos {n} minutos tarde, perdón.",
        "¿Puedo cambiar la reserva {code}? {extra}",
    ),
    "zh": (
        "您好，我想预订{n}位，{day}{hour}可以吗？",
        "您的订单{code}已经准备好了。",
        "谢谢，{day}见。",
        "不好意思，我们会晚到{n}分钟。",
        "请问附近有停车场吗？我们开车过来。",
    ),
    "de": (
        "Haben Sie am {day} um {hour} noch Platz für {n}?",
        "Ihre Bestellung {code} ist fertig.",
        "Danke, bis {day}! {extra}",
        "Wir möchten {code} leider absagen.",
    ),
    "ar": ("مرحبا، هل لديكم طاولة لـ {n} يوم {day}؟", "شكرا جزيلا {code}"),
}
_DAYS: Final = {
    "en": ("Monday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "viernes", "sábado", "domingo"),
    "zh": ("周一", "周五", "周六", "周日"),
    "de": ("Montag", "Freitag", "Samstag", "Sonntag"),
    "ar": ("الجمعة", "السبت"),
}
_FIRST: Final = (
    "Ana", "Ben", "Carla", "David", "Elena", "Finn", "Grace", "Hugo", "Ida", "Jonas", "Katja",
    "Liam", "Maria", "Noah", "Olga", "Pablo", "Quinn", "Rosa", "Samir", "Tessa", "Uma", "Viktor",
    "Wanda", "Xenia", "Yara", "Zoe",
)  # fmt: skip
_FAMILY: Final = ("Aker", "Berg", "Costa", "Diaz", "Evans", "Ferrer", "Gomez", "Hansen", "Ito")
_CHINESE: Final = (
    ("王", "李", "张", "刘", "陈", "杨", "黄", "吴"),
    ("芳", "伟", "娜", "敏", "静", "强"),
)
_PREFIX: Final = {"en": "4479", "es": "346", "zh": "86139", "de": "4915", "ar": "2126"}
_ENDINGS: Final = ("", "s", "ing", "er", "ly", "ness")
LANGUAGES: Final = ("en",) * 8 + ("es",) * 5 + ("zh",) * 4 + ("de",) * 2 + ("ar",)


def text(dice: Random, language: str, *, number: int) -> str:
    """Return the text of the message with a number."""
    rare = f" {RARE}" if number % 50_000 in {7, 1_007, 2_007} else ""
    sentence = dice.choice(_SENTENCES[language])
    return rare.lstrip() + sentence.format(
        thing=dice.choice((FREQUENT, FREQUENT, "room", "seat")),
        n=dice.randint(2, 40),
        day=dice.choice(_DAYS[language]),
        hour=f"{dice.randint(8, 22)}:{dice.choice(('00', '15', '30', '45'))}",
        code=f"{dice.choice('ABCDEFGH')}{dice.randint(1000, 99999)}",
        extra=_word(dice),
    )


def _word(dice: Random) -> str:
    """Return one of some thousand invented words, the early ones far more often."""
    place = int(dice.paretovariate(0.6))
    sounds = ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu")
    place, letters = min(place, 9999), []
    while place:
        place, digit = divmod(place, 10)
        letters.append(sounds[digit])
    return "".join(letters) + dice.choice(_ENDINGS)


def name(dice: Random, language: str) -> str:
    """Return a contact's name; every third has none, every four-hundredth is called NAME."""
    chance = dice.random()
    if chance < 1 / 3:
        return ""
    if chance > 1 - 1 / 400:
        return f"{NAME} {dice.choice(_FAMILY)}"
    if language == "zh":
        return dice.choice(_CHINESE[0]) + dice.choice(_CHINESE[1])
    return f"{dice.choice(_FIRST)} {dice.choice(_FAMILY)}"


def phone(number: int, language: str) -> str:
    """Return the phone number of a contact; no two are the same."""
    return _PREFIX[language] + f"{number * 7919 % 10**8:08d}"
