"""From a language's dictionary to its list: candidates, without stop words, by use, until no rule is broken."""

from __future__ import annotations

import json
import math
import re
from fnmatch import translate
from pathlib import Path
from typing import TYPE_CHECKING

from keys.sealing.folding import fold
from keys.sealing.limits import CODENAME_WORDS
from tests.keys.sealing.word_lists.choosing import SIZE, choose
from tests.keys.sealing.word_lists.frequencies import read_frequencies
from tests.keys.sealing.word_lists.lexicons import READERS
from tests.keys.sealing.word_lists.sources import LICENCE, SOURCES, Source
from tests.keys.sealing.word_lists.telling_apart import crossings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tests.keys.sealing.word_lists.inputs import Input

STOPPED = Path(__file__).parent / "stop"
WORDS = Path(__file__).parents[4] / "keys" / "sealing" / "words"


def make(language: str, folder: Path, words: Path) -> str:
    """Return the text of a list; ``words`` holds the lists that it has to be told apart from."""
    source = SOURCES[language]
    spelled = candidates(source, folder, stopped(language, source.insults.read(folder)))
    earlier = [folded(read_list(words / f"{other}.txt")) for other in before(language)]
    chosen = choose_apart(list(spelled), earlier)
    return head(language, source) + "".join(f"{word}\n" for word in sorted(spelled[key] for key in chosen))


def before(language: str) -> list[str]:
    """Return the languages whose lists were made before this one's."""
    order = ["en", *SOURCES]
    return order[: order.index(language)]


def candidates(source: Source, folder: Path, is_stopped: Callable[[str], bool]) -> dict[str, str]:
    """Return the words that may stand in the list by their folded form, the most used first."""
    used = read_frequencies(source.frequencies.read(folder))
    lexicon = READERS[next(code for code, one in SOURCES.items() if one is source)](source.lexicon.read(folder))
    uses = {word: used.get(word, 0) + (used.get(source.article + word, 0) if source.article else 0) for word in lexicon}
    ranked = sorted((word for word in lexicon if uses[word] and not is_stopped(word)), key=lambda w: (-uses[w], w))
    return by_folded_form(ranked, source)


def by_folded_form(ranked: Iterable[str], source: Source) -> dict[str, str]:
    """Keep, of words that fold alike, the most used one; and none whose letters break the pattern."""
    found: dict[str, str] = {}
    for word in ranked:
        key = "".join(fold(word))
        if re.fullmatch(source.letters, key) and (key == word or not source.spelled_plainly):
            found.setdefault(key, word)
    return found


def stopped(language: str, insults: bytes) -> Callable[[str], bool]:
    """Return what tells whether a word is on the stop list (patterns with ``*``) or a public list of insults."""
    lines = (STOPPED / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    patterns = [pattern for line in lines if not line.startswith("#") for pattern in line.split()]
    any_of = re.compile("|".join(map(translate, [*patterns, *json.loads(insults)])))
    return lambda word: any_of.match(word) is not None


def choose_apart(ranked: Sequence[str], earlier: Sequence[Sequence[str]], size: int = SIZE) -> tuple[str, ...]:
    """Choose a list that no text can be read with and, cut elsewhere, with an earlier list."""
    out: set[str] = set()
    while True:
        chosen = choose([word for word in ranked if word not in out], size)
        crossing = {word for other in earlier for _, word in crossings(other, chosen)}
        if not crossing:
            return chosen
        out |= crossing


def read_list(file: Path) -> tuple[str, ...]:
    """Return the words of a list's file."""
    return tuple(line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def folded(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words as they are compared."""
    return tuple("".join(fold(word)) for word in words)


def head(language: str, source: Source) -> str:
    """Return the comments at the head of a list."""
    bits = CODENAME_WORDS * math.log2(SIZE)
    made: Mapping[str, Input] = {
        "Which words there are": source.lexicon,
        "How often they are used": source.frequencies,
        "Insults left out": source.insults,
    }
    what = f"{SIZE:,} {source.name} words for codenames"
    lines = [
        f'Khomo word list "{language}": {what}; eight of them have {bits:.1f} bits.',
        f"Taken were {source.chosen}, the most used that the rules of docs/formats/codename.md allow.",
        *(
            f"{role}: {one.registry} package {one.package} {one.version}, {one.path}, by {one.credit}; {one.licence}."
            for role, one in made.items()
        ),
        f"Made by tests/keys/sealing/word_lists, which has the checksums and the stop list. This list: {LICENCE}.",
        "This list never changes: people hold its words on paper.",
    ]
    return "".join(f"# {line}\n" for line in lines)
