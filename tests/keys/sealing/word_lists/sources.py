"""For each list: the files it is made of, and the letters its words may have."""

from __future__ import annotations

from dataclasses import dataclass

from tests.keys.sealing.word_lists.inputs import Input


@dataclass(frozen=True, slots=True)
class Source:
    """What one list is made of.

    Attributes:
        name: of the language, in English.
        lexicon: which words there are.
        frequencies: how often they are used.
        insults: words that a public list of insults names.
        letters: a pattern that the folded words match whole: their letters and lengths.
        spelled_plainly: whether only words without accents are taken, so that what is shown is what folding leaves.
        article: what stands before a word as one with it, where that counts as use of the word too.
        chosen: what was taken, in words, for the head of the list.
    """

    name: str
    lexicon: Input
    frequencies: Input
    insults: Input
    letters: str
    spelled_plainly: bool
    article: str
    chosen: str


LICENCE = "GPL-3.0-only"
"""Of every list made here: CC BY-SA 4.0 may become GPL-3.0, and that may stand beside AGPL-3.0 (its section 13)."""


_WORDFREQ = (
    "Robyn Speer and contributors; from Wikipedia, OpenSubtitles (opensubtitles.org), Google Books Ngrams and others"
)


def _frequencies(language: str, sha256: str) -> Input:
    path = f"wordfreq/data/large_{language}.msgpack.gz"
    return Input("PyPI", "wordfreq", "3.1.1", path, sha256, "CC BY-SA 4.0", _WORDFREQ)


def _insults(language: str, sha256: str) -> Input:
    return Input("npm", "naughty-words", "1.2.0", f"package/{language}.json", sha256, "CC BY 4.0", "Shutterstock, Inc.")


SOURCES = {
    "fr": Source(
        name="French",
        lexicon=Input(
            "Debian",
            "hunspell-fr-classical",
            "1:7.0-1",
            "usr/share/hunspell/fr.dic",
            "4b1415593d599dbd943dde6d00515bbde3b4287ab62666242d959f74ddb16a6e",
            "MPL-2.0",
            "the contributors of Dicollecte (grammalecte.net)",
        ),
        frequencies=_frequencies("fr", "6f16cd80b9b66c5698ed002becea83ae30d0584c3205f1cf01714ad562c00c8b"),
        insults=_insults("fr", "37f44a999d3c1f8f68f07ec731ccdd5af7cf1f01037c75a639b0bac9997b68d9"),
        letters="[a-z]{4,9}",
        spelled_plainly=True,
        article="",
        chosen="nouns, adjectives and infinitives without accents",
    ),
    "es": Source(
        name="Spanish",
        lexicon=Input(
            "Debian",
            "hunspell-es",
            "1:7.5.0-1",
            "usr/share/hunspell/es_ES.dic",
            "7a32942f6936329ea0bc311a6288d193a29cb05b3dd79a2e6115a335f7197f5e",
            "GPL-3.0-or-later, LGPL-3.0-or-later or MPL-1.1",
            "Santiago Bosio and the contributors of RLA-ES",
        ),
        frequencies=_frequencies("es", "14f326b4f68d517f9b8b99c1e26ef56a508d2dc8d0ee7a9e6e8732ddab1aa65e"),
        insults=_insults("es", "ea5500d2e4ee326c0dc33ff0e9c1d11dcd17fc4b8c471ca512fad39eb4e05da6"),
        letters="[a-z]{4,9}",
        spelled_plainly=True,
        article="",
        chosen="words with a plural, and infinitives, without accents and ñ",
    ),
    "pt": Source(
        name="Portuguese",
        lexicon=Input(
            "Debian",
            "hunspell-pt-pt",
            "1:7.5.0-1",
            "usr/share/hunspell/pt_PT.dic",
            "9d90cfd9fb15312db71fbe46c11f871df67684dae7c218ab270142e7ae68c377",
            "GPL-2.0, LGPL-2.1 (which allows any later GPL) or MPL-1.1",
            "José João de Almeida, Rui Vilela, Alberto Simões",
        ),
        frequencies=_frequencies("pt", "7d764586bca6262f554d5fa77ad8e6841ef42534776e70558065140853660ce2"),
        insults=_insults("pt", "83942bf44d99716ffb5d6a8b1dd1c2f2410a6abd6091863d6e8dffbe526ad642"),
        letters="[a-z]{4,9}",
        spelled_plainly=True,
        article="",
        chosen="nouns, adjectives and infinitives without accents and ç",
    ),
    "ar": Source(
        name="Arabic",
        lexicon=Input(
            "PyPI",
            "arramooz-pysqlite",
            "0.4.2",
            "arramooz/data/arabicdictionary.sqlite",
            "ac4ce2896f908156f9fe267b8c60882d3333f2fc6b97cecf8e3be745ed0ae4f0",
            "GPL-3.0",
            "Taha Zerrouki (Arramooz)",
        ),
        frequencies=_frequencies("ar", "aa12410764f1946f21d986a920c289c22accb069d9b287d71b61657005516eec"),
        insults=_insults("ar", "e7a35fe48e9db3e3c4a3020d1ece4d08d34ad6d3ec4554bb1c2a78dfa44716e3"),
        letters="[ابتثجحخدذرزسشصضطظعغفقكلمنهوي]{4,8}",
        spelled_plainly=False,
        article="ال",
        chosen="nouns with their regular plurals, adjectives, and verbs of the past, without vowel signs",
    ),
}
"""In the order in which the lists are made: each keeps clear of those before it, and all of the English one."""
