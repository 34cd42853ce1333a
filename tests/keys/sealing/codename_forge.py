"""Makes tests/vectors/codename: ``python -m tests.keys.sealing.codename_forge``; a test compares the files.

``read/`` holds what people type for the one English codename below, ``read-fr/`` and the like for one of each other
list, ``refuse-…/`` what cannot be read, ``derive/`` the keys that follow from a codename and a salt.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from keys.sealing.age import HybridIdentity
from tests.keys.sealing.vectors import VECTORS, write_vectors

FOLDER = VECTORS / "codename"

WORDS = "carport coziness porthole marmalade snowfall immersion kept pleading"
LIST = WORDS.split()
JOINED = "".join(LIST)


def but(**changed: str) -> str:
    """Replace words: ``but(kept="keppt")``."""
    return " ".join(changed.get(word, word) for word in LIST)


READ = {
    "as-printed": WORDS,
    "capitals": WORDS.upper(),
    "capital-first-letters": WORDS.title(),
    "two-spaces": "  " + WORDS.replace(" ", "  ") + "  ",
    "one-a-line": "\r\n".join(LIST),
    "hyphens": WORDS.replace(" ", "-"),
    "long-dashes": WORDS.replace(" ", "\N{EM DASH}"),
    "commas-and-full-stop": ", ".join(LIST) + ".",
    "numbered": " ".join(f"{number}. {word}" for number, word in enumerate(LIST, 1)),
    "tabs-and-no-break-spaces": WORDS.replace(" ", "\t", 3).replace(" ", "\N{NO-BREAK SPACE}"),
    "arabic-comma": WORDS.replace(" ", "\N{ARABIC COMMA}"),
    "run-together": JOINED,
    "torn-apart": " ".join(JOINED),
    "torn-at-the-line-end": WORDS.replace("porthole", "port-\nhole"),
    "eight-pieces-cut-elsewhere": WORDS.replace("carport coziness", "car portcoziness"),
    "accents": but(kept="k\u00e9pt", immersion="\u00eemmersi\u00f3n"),
    "accents-decomposed": but(kept="ke\u0301pt"),
    "full-width": "\u3000".join(
        ["".join(chr(ord(letter) + 0xFEE0) for letter in word) for word in LIST[:3]] + LIST[3:]
    ),
    "circled-letters": but(kept="\u24da\u24d4\u24df\u24e3"),
    "turkish-capital-i": but(immersion="\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}mmers\u0131on"),
    "bold-of-mathematics": but(kept="\U0001d424\U0001d41e\U0001d429\U0001d42d"),
    "soft-hyphens-and-joiners": WORDS.replace("o", "o\u00ad").replace("p", "p\u200d"),
    "direction-marks": f"\u202a{WORDS}\u202c\u200e",
    "byte-order-mark": f"\ufeff{WORDS}",
    "typo-letter-missing": but(marmalade="marmlade"),
    "typo-letter-added": but(marmalade="marmaladde"),
    "typo-letter-replaced": but(marmalade="marmalode"),
    "typo-letters-swapped": but(marmalade="marmaldae"),
    "typo-first-letter": but(marmalade="narmalade"),
    "typo-last-letter": but(marmalade="marmalad"),
    "typo-in-another-script": but(marmalade="marm\u0430lade"),
    "typo-in-every-word": "carpot cozziness portgole marmaladee snofwall imersion keptt pleadig",
    "typo-run-together": but(marmalade="marmlade").replace(" ", ""),
    "typo-torn-apart": but(marmalade="mar mlade"),
    "typo-and-two-words-joined": but(marmalade="marmlade").replace("carport ", "carport"),
    "typos-in-neighbours-run-together": but(marmalade="marmalad", snowfall="nowfall").replace(" ", ""),
}
REFUSE = {
    "refuse-count/empty": "",
    "refuse-count/only-spaces": " \n\t",
    "refuse-count/one-word": "carport",
    "refuse-count/seven-words": " ".join(LIST[:7]),
    "refuse-count/nine-words": f"{WORDS} carport",
    "refuse-count/sixteen-words": f"{WORDS} {WORDS}"[:200],
    "refuse-count/only-digits": "12345678 " * 8,
    "refuse-count/only-marks": "\u0301" * 90,
    "refuse-word/not-in-the-list": but(marmalade="whistleblow"),
    "refuse-word/two-typos-in-a-word": but(marmalade="mrmalde"),
    "refuse-word/another-language": "porte riviere montagne soleil maison jardin fenetre chemin",
    "refuse-word/another-script": "\u0628\u0627\u0628 \u0646\u0647\u0631 \u062c\u0628\u0644 " * 4,
    "refuse-word/letters-of-no-word": "x" * 60,
    "refuse-word/nul-inside": but(marmalade="mar\0m\0lad\0").replace("lad\0", "lxd"),
    "refuse-word/three-typos-run-together": but(marmalade="marmlade", carport="carpot", kept="keptt").replace(" ", ""),
    "refuse-doubt/typo-of-two-words": but(kept="anther"),
    "refuse-doubt/typo-of-two-words-run-together": but(kept="anther").replace(" ", ""),
    "refuse-length/201-bytes": WORDS + " " * (201 - len(WORDS)),
    "refuse-length/101-letters-of-two-bytes": "\u00e9" * 101,
    "refuse-length/20-kilobytes": "carport " * 2_560,
}
WORDS_IN = {
    "fr": "musique fromage bateau girafe montagne pluie soleil citron",
    "es": "abeja mariposa tortuga zapato guitarra sombrero lluvia harina",
    "pt": "janela cavalo sapato borboleta chuva tartaruga domingo farinha",
    "ar": "مدرسة إبريق مستشفى بائعون آداب حديقة نافذة رسائل",
}
ACCENTED = {
    "fr": "m\u00fbsique fromag\u00e9 b\u00e2teau girafe montagne pluie sol\u00e9il c\u00eetron",
    "es": "ab\u00e9ja mariposa tortuga zapato guitarra sombrero ll\u00favia harina",
    "pt": "jan\u00e9la cavalo sapato borbol\u00eata chuva tartaruga domingo far\u00ednha",
    "ar": "مَدْرَسَةٌ إِبْرِيق مُسْتَشْفًى بَائِعُون آداب حَدِيقَة نافذة رسائل",
}
ON_A_PHONE = {
    "fr": "Musique Fromage Bateau Girafe Montagne Pluie Soleil Citron ",
    "es": "Abeja Mariposa Tortuga Zapato Guitarra Sombrero Lluvia Harina ",
    "pt": "Janela Cavalo Sapato Borboleta Chuva Tartaruga Domingo Farinha ",
    "ar": "مدرسه ابريق مستشفي بايعون اداب حديقه نافذه رسايل",
}
KEYBOARD = {
    "fr": "musique \uff46\uff52\uff4f\uff4d\uff41\uff47\uff45 bateau girafe montagne pluie soleil citron",
    "es": "abeja mariposa tortuga zapato guitarra sombrero llu\u200bvia harina",
    "pt": "janela cavalo sapato borboleta chuva tartaruga domingo \ufb01arinha".replace("\ufb01", "f"),
    "ar": "مدرسہ ابریق مستشفی بایعون اداب حدیقہ نافذہ رسایل",
}
TYPO = {
    "fr": "musiqe fromagge bateua girafe montagne plvie soleil citron",
    "es": "abejja mariosa totruga zapato guitarra sombrero lluvua harina",
    "pt": "janella cavlao sapato borboleta chuva tartruga domingo farinhe",
    "ar": "مدرسسة إبريك مستسفى بائعون آداب حديقة نافذة رسائلل",
}


def read_in(language: str) -> dict[str, str]:
    """Return what people type for the codename of a language."""
    words = WORDS_IN[language]
    digits = "١٢٣٤٥٦٧٨" if language == "ar" else "12345678"
    return {
        "as-printed": words,
        "on-a-phone": ON_A_PHONE[language],
        "accents": ACCENTED[language],
        "another-keyboard": KEYBOARD[language],
        "run-together": words.replace(" ", ""),
        "one-a-line": words.replace(" ", "\r\n"),
        "commas": words.replace(" ", "، " if language == "ar" else ", "),
        "numbered": " ".join(f"{digit}. {word}" for digit, word in zip(digits, words.split(), strict=True)),
        "torn-apart": " ".join(words.replace(" ", "")) if language != "ar" else words.replace("مستشفى", "مست شفى"),
        "direction-marks": f"\u202b{words}\u202c\u200f",
        "typos": TYPO[language],
        "typo-run-together": TYPO[language].split()[0] + "".join(words.split()[1:]),
    }


READ_IN = {language: read_in(language) for language in WORDS_IN}
DERIVE = {
    "salt-of-16-bytes": (WORDS, bytes(range(16))),
    "salt-of-32-bytes": (WORDS, bytes(range(32))),
    "salt-of-64-bytes": (WORDS, bytes(range(64))),
    "another-order": (" ".join(reversed(LIST)), bytes(range(16))),
    "the-same-word-eight-times": (" ".join(["kept"] * 8), bytes(range(16))),
} | {f"words-{language}": (words, bytes(range(16))) for language, words in WORDS_IN.items()}
SECRETS = {WORDS_IN["ar"]: "مدرسه ابريق مستشفي بايعون اداب حديقه نافذه رسايل"}
"""What folding leaves of words that are not spelled plainly, written by hand."""


def hkdf(secret: bytes, salt: bytes, label: bytes, length: int) -> bytes:
    """HKDF-SHA256 of RFC 5869 for one block, spelled out: the vectors must not come from the code that they test."""
    pseudorandom_key = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(pseudorandom_key, label + b"\x01", hashlib.sha256)[:length]


def derived(words: str, salt: bytes) -> bytes:
    """Return one vector of the derivation; the secret is the words as folding leaves them."""
    secret = SECRETS.get(words, words).encode()
    seed = hkdf(secret, salt, b"khomo/letter-identity/v1", 32)
    content = {
        "codename": words,
        "secret": secret.decode(),
        "salt": salt.hex(),
        "address": hkdf(secret, salt, b"khomo/mailbox-address/v1", 16).hex(),
        "letter_seed": seed.hex(),
        "letter_recipient": str(HybridIdentity.from_seed(seed).recipient()),
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def make() -> dict[str, bytes]:
    """Return all vectors by name."""
    read = {f"read/{name}.txt": text.encode() for name, text in READ.items()}
    refuse = {f"{name}.txt": text.encode() for name, text in REFUSE.items()}
    for language, texts in READ_IN.items():
        read |= {f"read-{language}/{name}.txt": text.encode() for name, text in texts.items()}
    return read | refuse | {f"derive/{name}.json": derived(*case) for name, case in DERIVE.items()}


if __name__ == "__main__":
    write_vectors("codename", make())
