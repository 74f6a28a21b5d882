"""Words that dates are printed with on portals of many countries: months, weekdays, labels. All in folded letters."""

from __future__ import annotations

_LANGUAGES = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "jan feb mar apr may jun jul aug sept oct nov dec",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april mai juni juli august september oktober november desember",
    "januari februari maret april mei juni juli agustus september oktober november desember",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر",
)
#: Name of a month -> its number.
MONTHS = {name: number for names in _LANGUAGES for number, name in enumerate(names.split(), start=1)}
#: The English ones, which may stand before their day.
ENGLISH = tuple({name for names in _LANGUAGES[:3] for name in names.split()})

#: Weekdays besides the Vietnamese and English ones.
WEEKDAYS = (
    r"\b(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?|lundi"
    r"|mardi|mercredi|jeudi|vendredi|samedi|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunedì"
    r"|martedì|mercoledì|giovedì|venerdì|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag"
    r"|pazartesi|salı|çarşamba|perşembe|cuma(?:rtesi)?|pazar|понедельник|вторник|среда|четверг|пятница|суббота"
    r"|воскресенье|senin|selasa|rabu|kamis|jumat|sabtu|minggu|الأحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت)\b"
)
#: Labels of a day of change.
UPDATED = (
    r"(?:última\s+)?(?:actualización|atualização|modificación)|actualizado(?:\s+el)?|atualizado\s+em|mis(?:e)?\s+à\s+jour(?:\s+le)?"
    r"|dernière\s+(?:mise\s+à\s+jour|modification)|(?:zuletzt\s+)?aktualisiert(?:\s+am)?|stand|ultimo\s+aggiornamento|aggiornato\s+il"
    r"|laatst\s+(?:bijgewerkt|gewijzigd)(?:\s+op)?|(?:son\s+)?güncelle(?:n)?me(?:\s+tarihi)?|обновлено|дата\s+обновления"
    r"|آخر\s+تحديث|تاريخ\s+التحديث|(?:ostatnia\s+)?aktualizacja"
)
#: Labels of a day of publication; on English pages the kind of text may stand before its day.
PUBLISHED = (
    r"(?:article|issue|news|press\s+release|published)\s+date|date\s+of\s+(?:issue|publication|release)|issued(?:\s+on)?"
    r"|(?:for\s+)?immediate\s+release|(?:press|media|news)\s+(?:release|statement)|news|dated"
    r"|publicado(?:\s+(?:el|em))?|fecha(?:\s+de\s+publicación)?|data(?:\s+(?:de\s+publicação|da\s+notícia|pubblicazione|publikacji))?"
    r"|publié(?:e)?\s+le|date\s+de\s+publication|veröffentlicht(?:\s+am)?|datum|pubblicat[oa]\s+il|gepubliceerd(?:\s+op)?"
    r"|(?:yayın(?:lan)?(?:ma)?|eklenme|haber)?\s*tarihi?|опубликовано|дата(?:\s+публикации)?|تاريخ\s+(?:النشر|الخبر)|التاريخ|opublikowano"
    r"|tanggal|diterbitkan(?:\s+pada)?"
)
