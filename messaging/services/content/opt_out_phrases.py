"""Words and phrases of opt-out requests, by language, as people text them.

`near_opt_outs` uses them. Everything here is in lower case, without accents or marks; `plain` brings
the texts that are compared into the same form.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Accents, niqqud, tashkeel and tatweel.
_MARKS: Final = re.compile(r"[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670]")
_APOSTROPHES: Final = re.compile("[\u2018\u2019\u02bc\u00b4`\u2032]")


def plain(text: str) -> str:
    """Return a text in small letters, without accents, marks, and letters that nobody sees."""
    if text.isascii():  # nothing of that is in ASCII, but for one of the apostrophes
        return text.replace("`", "'").casefold()
    seen = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if unicodedata.category(sign) != "Cf"
    )
    composed = unicodedata.normalize("NFC", _MARKS.sub("", seen))
    return _APOSTROPHES.sub("'", composed).casefold()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in plain(text).split("·") if word.strip())


#: Alone in a sentence, whatever is around the sentence.
STRONG: Final = _words("""
    stopall · stop all · unsubscribe · unsubscribed · unsub · unsubs · unsubcribe · unsuscribe ·
    unsubscribe me · unsubscibe · unsubscrib · opt out · optout · opt me out · opted out · stp ·
    sotp · stpo · tsop · take me off · remove me · leave me alone · desist ·
    dejen de escribirme · no molestar · desuscribir · desuscribirme · darme de baja ·
    descadastrar · me descadastre · desabonner · me desabonner · desinscription · desinscrire ·
    abmelden · abbestellen · austragen · aufhoren · disiscrivimi · disiscrizione · cancellami ·
    cancella iscrizione · annulla iscrizione · annullare iscrizione · stop ermee · stop hiermee ·
    smettetela · smettila · afmelden · uitschrijven · wypisz mnie ·
    wypisz · rezygnuje · przestan · przestancie · zatrzymaj · iptal et · uyelik iptali ·
    стоп · отписаться · отпишите · отпишите меня · отписка · прекратите · перестаньте ·
    відписатися · припиніть · הסר · הסירו · הסירו אותי · הסר אותי · להסיר · סטופ · הפסיקו ·
    תפסיקו · הפסק · ايقاف · إيقاف · الغاء الاشتراك · إلغاء الاشتراك · توقف · توقفوا · ستوب ·
    退订 · 退訂 · 取消订阅 · 取消訂閱 · 停止 · 停止发送 · 停止發送 · 拒收 · 勿扰 · 别发了 · 別發了 ·
    停止订阅 · 停止訂閱 · 不要再发了 · 不要再發了 · 别再发了 · 別再發了 · ストップ · 停止希望 ·
    配信停止 · 配信解除 · 解除 · 退会 · 登録解除 · やめて · 止めて · 수신거부 · 수신 거부 · 그만 · 중지 ·
    해지 · 구독취소 · berhenti · berhenti langganan · huy dang ky · dung lai · หยุด · ยกเลิก · बंद करो ·
    रोको · avregistrera · avsluta · slutt · afmeld · lopeta · στοπ · διαγραφη · odhlasit ·
    prestante · leiratkozas · dezabonare · dezabonati
""")
#: An opt-out only when the whole text is nothing else.
WEAK: Final = _words("""
    end · quit · cancel · revoke · td · alto · baja · basta · basta ya · parar · pare · parem ·
    paren · sair · arret · arretez · arrete · annuler · cancelar · 取消 · 停 · genug · halt · ende ·
    fermare · ferma · fermate · annulla · cancella · genoeg · stoppen · koniec · dosc · dur · durdur ·
    ret · iptal · cik · cık · cikar · çıkar · хватит · конец · отмена · отказ · довольно · די ·
    עצור · עצרו · قف · كفى · اوقف · الغاء · إلغاء · 정지 · 취소 · 中止 · ngung · no more · remove ·
    delete · sluta · stoppa · remover · eliminar
""")
#: Politeness and the like, before and after.
POLITE: Final = _words("""
    please · pls · plz · plse · pleas · kindly · thanks · thank you · thankyou · thank u · thx ·
    tnx · ty · many thanks · thanks a lot · thank you very much · thanks in advance · now ·
    right now · ok · okay · k · yes · no · no thanks · no thank you · hi · hello · hey · dear ·
    sir · madam · team · just · again · sorry · and · guys · lol · asap · immediately · already ·
    right away · seriously · i said · today · for real · wtf · omg · god · ffs · for god s sake ·
    best · regards · best regards · kind regards · cheers ·
    por favor · porfavor · porfa · gracias · muchas gracias · ya · hola · obrigado · obrigada ·
    merci · svp · stp svp · s il vous plait · s il te plait · bonjour · maintenant · bitte ·
    danke · vielen dank · hallo · sofort · jetzt · per favore · grazie · ciao · subito ·
    alstublieft · aub · graag · bedankt · dank u · dank je · prosze · dziekuje · lutfen ·
    tesekkurler · tesekkur ederim · sagol · пожалуйста · спасибо · будь ласка · дякую · בבקשה ·
    תודה · שלום · من فضلك · رجاء · الرجاء · لو سمحت · شكرا · お願いします · お願い · おねがいします ·
    ください · 下さい · を · して · もう · ありがとう · ありがとうございます · 주세요 · 해주세요 · 해 주세요 ·
    부탁합니다 · 부탁드립니다 · 감사합니다 · 제발 · 请 · 請 · 麻烦 · 麻煩 · 您好 · 你好 · 谢谢 · 謝謝 · 多谢 ·
    了 · 吧 · 啊 · 一下 · 我要 · 我想 · 要 · 立即 · 马上 · 马上给我 · 给我 · 拜托 · tack · takk · tak ·
    kiitos · ευχαριστω · παρακαλω · dekuji · prosim · multumesc · va rog · terima kasih ·
    tolong · cam on · xin · lam on · กรุณา · ขอบคุณ · ครับ · ค่ะ · धन्यवाद · कृपया
""")
#: Only before.
LEADS: Final = _words("""
    reply · replying · text · txt · send · sending · can you · could you · would you · will you ·
    you need to · you must · u need to · i want to · i d like to · i would like to · i wish to ·
    want to · wanna · i need to · to · must · just want to · how do i · how to · how can i ·
    回复 · 发送 · 回 · quiero · je veux · ich will · ich mochte · voglio · ik wil · хочу
""")
#: Only after.
TAILS: Final = _words("""
    it · this · that · these · those · all · all of it · all of this · everything · me · texts ·
    text · texting · texting me · messages · message · messaging · messaging me · msgs · msg ·
    sms · messages to me · sending · sending me · texts to me · the · your · ur · from · list ·
    from your list · from this list · from list · your list · off your list · off the list ·
    the list · u · ya · you · forever · permanently · spam · spamming · spamming me · bothering me ·
    contacting me · calling me · now please · mensajes · los mensajes · sms messages · messaggi ·
    berichten · nachrichten · служба · рассылку · от рассылки · от смс · 短信 · 信息 · 消息 · 服务 ·
    服務 · 所有 · 全部 · 推送 · です · ます · 문자
""")

_STOP = r"\bs+t+[o0]+p+(?!\w)"
_NUMBER = "(?:(?:my|this|the) (?:number|phone|name))"
_THINGS = r"(?:texts?|messages?|msgs?|txts?|sms|spam|ads?|alerts?|promos?|promotions?|notifications?|reminders?|updates?)"

#: Asked for in the middle of a text.
PHRASES: Final = (
    # English
    rf"{_STOP} (?:(?:with|sending|me|us|all|any|more|these|those|this|the|your|ur|of|such|damn|stupid|annoying|fucking|bloody|marketing|promotional|so|many|out|getting|receiving) ){{0,5}}(?:texting|messaging|contacting|writing|calling|emailing|spamming|bothering|harassing|pestering|{_THINGS}|messag\w*|contact\w*)\b",
    rf"{_STOP} sending (?:me|us|this|these|those|to me)\b",
    r"\b(?:quit|cease) (?:\w+ ){0,2}(?:texting|messaging|contacting|writing|calling|spamming|bothering|harassing|sending)\b",
    rf"\b(?:please|pls|plz|kindly|can you|could you|would you|will you|you|u|i said|told you to|asked you to|want you to|(?:need|have|got) to|just) {_STOP}(?= ?(?:$|[^\w\s]|it\b|this\b|that\b|these\b|now\b|already\b|immediately\b))",
    rf"\b(?:make|want|need|like) (?:it|this|these|them|(?:the|these|your) \w+) (?:to )?{_STOP}",
    rf"\b(?:this|it|these|they) (?:has|have|needs?|must) (?:got )?(?:to )?{_STOP}",
    r"\b(?:reply|text|sent|send|say|said|typed?)(?:ing)? stop\b(?! by| at| in| over)",
    rf"\b(?:don't|dont|do not|never|not to) (?:ever |please )?(?:text|message|msg|txt|contact|call|write|email|bother|spam|disturb|harass)(?: to)? (?:me|us|{_NUMBER})\b",
    rf"\b(?:don't|dont|do not|never|not to) (?:ever |please )?send (?:me |us )?(?:(?:any|anymore|more|these|those|such|your|further|stupid|marketing|this|kind|of) ){{0,4}}(?:{_THINGS}|anything)\b",
    rf"\b(?:don't|dont|do not|no longer|never) (?:want|wish|need|care|like|agree|consent)\b[^.!?\n]{{0,40}}\b(?:{_THINGS}|texted|contacted|messaged|hear from)\b",
    rf"\bno more (?:(?:of|these|those|your|marketing|spam) ){{0,2}}{_THINGS}\b",
    r"\bnever contact\b",
    r"\bunsub(?:scribe)?\b",
    r"\bopt(?:ing)?(?: me)?[ -]?out\b(?! (?:form|deadline|clause|option|period|rate|page))",
    rf"\b(?:remove|delete|erase) (?:me|{_NUMBER})\b",
    rf"\btake (?:me|{_NUMBER}) off\b",
    r"\bleave me alone\b",
    r"\blose my number\b",
    # Spanish, Portuguese
    r"\b(?:darme|dame|denme|dar|deme) de baja\b",
    r"\bno me (?:escrib\w+|manden?|mandes|envien?|envies|llam\w+|contact\w+|molest\w+)\b",
    r"\b(?:deja|dejen|deje|dejar|dejad|paren|pare|parem|parar?) de (?:me |nos )?(?:escribir|enviar|mandar|molestar|envia|manda|contactar)\w*",
    r"\bno (?:quiero|deseo)(?: recibir)? (?:mas|ningun\w*|sus|estos|mensajes|sms)\b",
    r"\bno mas (?:mensajes|sms|textos)\b",
    r"\b(?:quit|borr|elimin|sac|sáqu)\w{1,6} (?:mi numero|de (?:la|su|esta) lista)\b",
    r"\bnao (?:quero|desejo) (?:mais )?receber\b",
    r"\bnao me (?:mande|envie|escreva|mandem|enviem)\w*",
    r"\b(?:me )?(?:tire|remova|retire) (?:me |meu numero )?da lista\b",
    r"\b(?:me )?descadastr\w+",
    # French
    r"\barrete[zr]?(?: s'il vous plait)? (?:de |d')\w",
    r"\bne (?:m'|me )(?:ecri\w+|envoy\w+|contact\w+|appel\w+|derang\w+) (?:plus|pas)\b",
    r"\bplus (?:de|aucun) (?:sms|messages?|textos?)\b",
    r"\bne (?:veux|souhaite|desire) plus (?:recevoir|de)\b",
    r"\b(?:desabonn|desinscri)\w+",
    r"\bretirez[ -]moi\b",
    # German
    r"\b(?:hor|hort|horen sie) (?:bitte |endlich |sofort )?(?:damit )?auf\b",
    r"\bkeine (?:weiteren |sms |mehr )*(?:nachrichten|sms|werbung|texte)(?: mehr)?\b",
    r"\bnicht mehr (?:an)?(?:schreiben|kontaktieren|anschreiben|texten|belastigen)\b",
    r"\bschreib\w*(?: sie)? mir (?:bitte )?(?:nicht|nie) mehr\b",
    r"\b(?:abmelden|abbestellen|austragen|abzumelden)\b",
    r"\bmeldet? mich ab\b",
    r"\bmelden sie mich ab\b",
    r"\bbestelle? \w+ ab\b",
    # Italian
    r"\b(?:smetti|smettete|smettila|smettetela|smetta) (?:di|con)\b",
    r"\bnon (?:mi )?(?:scriv|mand|invi|contatt|disturb)\w+ (?:piu|altri)\b",
    r"\bnon scrivetemi\b",
    r"\bnon voglio (?:piu )?(?:ricevere|messaggi|sms)\b",
    r"\b(?:cancella|rimuovi|toglie|cancellate|rimuovete|togliete|disiscrive)(?:te)?mi\b",
    # Dutch
    r"\bstop (?:met|a\.?u\.?b)\b",
    r"\bgeen (?:sms|berichten|smsjes|reclame)(?: meer)?\b",
    r"\b(?:schrijf|meld) (?:me|mij) (?:uit|af)\b",
    r"\bniet meer (?:sms\w*|appen|berichten|sturen|contacteren)\b",
    # Polish, Turkish
    r"\bprzesta\w+ (?:pisac|wysylac|do mnie|mi)\b",
    r"\bprosze przestac\b",
    r"\bnie (?:pisz|piszcie|wysylaj|wysylajcie|dzwon)\w* (?:do mnie|mi|wiecej|juz)\b",
    r"\b(?:wypisz|usun)\w* (?:mnie|moj numer)\b",
    r"\bnie chce (?:wiecej )?(?:sms|wiadomosci|otrzymywac)\w*",
    r"\b(?:mesaj|sms)\w* (?:atma|gonderme|yollama)(?:yin|yın|yiniz|yınız)?\b",
    r"\blisteden (?:cik|cık)\w+",
    r"\b(?:mesaj|sms) (?:almak )?istemiyorum\b",
    # Russian, Ukrainian
    r"\bне (?:пиши|пишите|шлите|присылаите|присылаи|звоните|беспокоите|надо писать)\b",
    r"\b(?:хватит|прекратите|перестаньте|прекрати|перестань) (?:мне )?(?:писать|слать|присылать|звонить|спамить)\b",
    r"\b(?:отпишите|отписаться|отпиши|удалите) (?:меня|мои номер|от)\b",
    r"\bне (?:хочу|желаю) (?:больше )?получать\b",
    r"\bне пишіть\b",
    r"\bприпиніть\b",
    # Hebrew, Arabic
    r"(?:תפסיקו|הפסיקו|תפסיק|די) (?:לשלוח|לסמס|להציק|לכתוב)|(?:תסירו|הסירו|תורידו|תמחקו|להסיר) אותי",
    r"(?:אל|לא) (?:תשלחו|תשלח|לשלוח|תכתבו|תתקשרו)",
    r"(?:لا) ?(?:ترسل|تراسل|تبعث|تتصل|ترسلوا|تراسلو)\w*|(?:توقف\w*|كفوا|اوقف\w*) عن|(?:الغاء|الغي|الغوا) (?:ال)?اشتراك\w*",
    # Chinese
    r"(?:别|別|不要|不想|勿|请勿|請勿|不许|不許)(?:再|又)?(?:给我|給我|向我|跟我|和我|往我)?(?:乱|亂|来|來|收到|收)?(?:打扰|打擾|骚扰|騷擾|短信|短訊|推送|联系我|聯繫我|联络我|给我发|發短)",
    r"(?:别|別|不要|请勿|請勿|勿)(?:再|给我|給我|再给我|再給我|一直)(?:发|發|打电话|打電話|联系|聯繫|推)",
    r"(?:别|別|不要|请勿|請勿|勿)(?:发|發|推送)(?:了|我|给我|短信|简讯|信息|消息|广告|廣告|这些|$)",
    r"停止(?:给我|給我|向我)?(?:发|發|推送|联系|聯繫|骚扰|訂閱|订阅|服务)",
    r"退订|退訂|取消订阅|取消訂閱",
    # Japanese, Korean
    r"(?:配信|送信|メール|メッセージ|ショートメール|連絡)(?:を|の)?(?:停止|解除|やめ|止め|とめ|ストップ)",
    r"(?:もう|二度と)?(?:送ら|送信し|連絡し|送って来)ないで",
    r"(?:문자|메시지|연락)(?:를|을|도)? ?(?:그만|보내지|하지)|보내지 ?(?:마|말)|수신 ?거부|그만 ?(?:보내|연락)",
)

_STOPS = r"(?:s+t+[o0]+p+|unsubscribe|unsub|opt(?: \w+)? ?-?out|opted? out|quit|remove me|delete me|take me off|leave me alone|end)"
#: What asks for the contrary; taken out before anything else is looked for.
NEGATIONS: Final = (
    rf"(?:n't|\bdont|\bwont|\bcant|\bnot|\bnever|\bno need|\bno reason|\bwithout|\brather than|\binstead of|\bhate)(?: (?:ever|please|just|want|wanted|wanna|need|have|mean|meant|ask|asked|asking|say|said|saying|tell|telling|told|you(?= to)|u|them|us|me|to|that|i|did|do|dare|get|be|going|gonna|trying|planning|wish|like)){{0,6}} {_STOPS}\b",
    r"\bno (?:pares|paren|dejes|dejen|quiero (?:darme de baja|parar|dejar))\b(?: de \w+)?",
    r"\bnao (?:pare|parem|quero (?:parar|sair|descadastrar))\b(?: de \w+)?",
    r"\bn'arrete[zr]?(?: surtout)?(?: jamais| pas)?(?: (?:de|d')\s?\w+)?|\bne (?:pas |vous |me |te )*(?:desabonn|desinscri|stopp)\w+(?: pas)?",
    r"\bnicht (?:aufhoren|abmelden|abbestellen|stoppen|austragen)\b|\b(?:hor|hort|horen sie) (?:bitte )?nicht auf\b|\bstopp? nicht\b|\bnicht stop\b",
    r"\bnon (?:ti |vi |si |mi )?(?:smett|ferm|cancell|disiscriv|rimuov|toglie)\w*(?: (?:di|con) \w+)?|\bnon stop\b",
    r"\bniet (?:stoppen|stop|afmelden|uitschrijven)\b|\bstop (?:maar )?niet\b",
    r"\bnie (?:przestawaj\w*|przestan\w*|zatrzymuj\w*|wypisuj\w*|stop)\b",
    r"\b(?:durma|durmayin|durmayın|birakma|bırakma)\b|\biptal etme\w*",
    r"\bне (?:останавлива\w+|прекраща\w+|перестава\w+|отписыва\w+|надо (?:останавлива|прекраща|отписыва)\w+|хочу отпис\w+|стоп)(?: \w+)?",
    r"\bне (?:зупиня|припиня|відпису)\w+",
    r"(?:אל|לא) (?:תפסיקו|תפסיק|תפסיקי|להפסיק|תעצור|תעצרו|תסירו|להסיר|רוצה להפסיק)(?: \w+)?",
    r"(?:لا|لن|مو|مش|ما) ?(?:تتوقف|توقف|توقفوا|تتوقفوا|اريد (?:ال)?(?:توقف|الغاء|ايقاف))\w*(?: عن)?(?: \w+)?",
    r"(?:不要|别|別|不想|不用|不必|不|没有|沒有|没|沒|勿|请勿|無需|无需)(?:给我|給我|再)?(?:停止|停下|停|退订|退訂|取消订阅|取消訂閱|拒收)(?:给我|給我)?(?:发|發|短信)*",
    r"(?:配信)?(?:停止|ストップ|解除)?(?:しないで|やめないで|止めないで|とめないで)(?:ください)?",
    r"(?:그만두지|멈추지|중지하지|중단하지|그만하지) ?(?:마|말)\w*",
    r"\b(?:jangan|đung|dung) (?:berhenti|dung|ngung)\b|อย่า ?หยุด|मत रोको|बंद मत",
)
