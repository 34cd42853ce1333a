"""Shapes of what a letter should not hold, as they stand in a text that ``vault.folding`` folded.

Folding leaves small letters without accents, digits 0-9 in every script, and Arabic without hamza, with ه for ة. What
is written onto a word by an apostrophe ends at it.
"""

# ruff: noqa: RUF001, RUF002 - months and words of other scripts are what this file is about

from __future__ import annotations

import re

_CASE_WORDS = "case|cas|dossier|caso|kesi|nkhani|дел[оаеу]|قضيه|القضيه|#"
CASE_NUMBER = re.compile(
    rf"(?:(?<!\w)(?:{_CASE_WORDS}))\s*(?:(?:number|numero|namba|nambala|номер|رقم|no|nr|n|#|№)[.°º]?\s*)?"
    r"(?P<number>\d{1,9})(?!\w)"
)
PUBLIC_ID = re.compile(r"(?<!\w)[0-9a-f]{32}(?!\w)")
"""What leads call a case."""

ADDRESS = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?\w[\w-]*(?:\.[\w-]+)+|(?<!\w)@\w{3,}(?:[.:]\w+)*")
"""Of a mailbox, or of an account with a messenger."""

_ENDINGS = "com|org|net|info|int|onion|gov|edu|app|io|me|ly|gl|link|site|online|africa|news|xyz|mw|tz|ke|ug|ru|fr|es|br"
LINK = re.compile(
    rf"(?<!\w)(?:[a-z][a-z0-9+.-]*://\S+|www\.\S+|(?:[\w-]{{1,63}}\.){{1,9}}(?:{_ENDINGS})(?!\w)(?:[/:]\S*)?|(?:[\w-]{{1,63}}\.){{1,9}}[a-z]{{2,}}/\S*)"
)

_HALF = r"(?:a\.?m\.?|p\.?m\.?)(?!\w)"
TIME = re.compile(
    r"(?:(?<![\w.:])|(?<=\dt))(?:(?:[01]?\d|2[0-4])\s?[:h]\s?[0-5]\d(?:[:.][0-5]\d)?(?!\w)(?:\s?" + _HALF + ")?"
    rf"|\d{{1,2}}(?:[.:]\d\d)?\s?(?:{_HALF}|uhr(?!\w)|o.?clock(?!\w)|koloko(?!\w))"
    r"|(?:a|as|las)\s\d{1,2}(?:[.:]\d\d)?\s?(?:h|heures?|horas?)(?!\w)|(?:a\s)?las\s\d{1,2}(?!\w)"
    r"|(?:в|к|около)\s\d{1,2}(?:[.:]\d\d)?\s?час\w*"
    r"|(?:saa|ساعه|الساعه)\s?\d{1,2}(?:[.:]\d\d)?(?!\w))"
)

_MONTHS = (
    "january february march april may june july august september october november december "
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "janeiro fevereiro marco maio junho julho setembro outubro novembro dezembro "
    "januari februari machi aprili mei juni julai agosti septemba oktoba novemba desemba "
    "januwale febuluwale malichi epulo meyi juni julayi ogasiti seputembala okutobala novembala disembala "
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر "
    "جانفي فيفري افريل ماي جوان جويليه اوت كانون شباط اذار نيسان ايار حزيران تموز اب ايلول تشرين"
)
_MONTH = rf"(?:{'|'.join(sorted(set(_MONTHS.split()), key=len, reverse=True))})"
DAY = re.compile(
    r"(?<![\w.])(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d))(?:(?!\w)|(?=t\d))"
    rf"|(?<!\w)\d{{1,2}}(?:st|nd|rd|th|er|o|º|\.)?\s(?:(?:of|de|d|ya)\s)?{_MONTH}(?!\w)"
    rf"|(?<!\w){_MONTH}\s(?:the\s)?\d{{1,2}}(?:st|nd|rd|th)?(?!\w)"
)

PHONE = re.compile(r"(?<!\w)(?:\+|\(\+?)?\d[\d\s().\-/]{5,}\d(?!\w)")
_PHONE_DIGITS = range(7, 16)
"""Digits of a telephone number (E.164 has 15 at most); shorter ones are counts."""

_SUM = re.compile(r"[1-9]\d{0,2}(?:[ .]\d{3})+|[1-9]\d{0,2}0{4,}")


def is_phone(found: str) -> bool:
    """Whether a run of digits can be a telephone number, and is not a sum of money in thousands."""
    return sum(map(str.isdigit, found)) in _PHONE_DIGITS and not _SUM.fullmatch(" ".join(found.split()))
