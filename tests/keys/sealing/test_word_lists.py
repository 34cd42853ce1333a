"""The word lists of all languages: the rules that each keeps, and reading words on a page in any language."""

from __future__ import annotations

import hashlib
import json
import math
import random
from contextlib import suppress
from importlib import resources
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.codename import CodenameError, MailboxKeys, WordList, WordLists
from keys.sealing.codename_list import Typed
from keys.sealing.codename_lists import SHIPPED
from keys.sealing.folding import fold
from keys.sealing.limits import CODENAME_FIELD_BYTES, CODENAME_WORDS
from keys.sealing.values import Codename
from tests.keys.sealing import codename_forge
from tests.keys.sealing.typing_errors import typing_errors
from tests.keys.sealing.vectors import vectors
from tests.keys.sealing.word_lists.choosing import alike_pairs, prefix_pairs
from tests.keys.sealing.word_lists.telling_apart import crossings

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.codename_list import Readings

LISTS = WordLists.load()
WORDS = {language: WordList.load(language).words for language in SHIPPED}
FOLDED = {language: tuple("".join(fold(word)) for word in words) for language, words in WORDS.items()}
LATIN = "abcdefghijklmnopqrstuvwxyz"
ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
LETTERS = {"en": LATIN, "fr": LATIN, "es": LATIN, "pt": LATIN, "ar": ARABIC}
NUMBERED = " ".join(f"{number}." for number in range(1, CODENAME_WORDS + 1))
DIGESTS = {
    "en": "2d2395eb4126143607b4d58581db66a57a80bd36ad7e5e63322ce8fea4d20029",
    "fr": "2f88b2c226924fcbeff7a831af9bd61a6f753031a7cc1898b88b742240264107",
    "es": "cbb3aa761d0921922058dda3a929fc3b8a9142fca6303873a9982111e6360950",
    "pt": "071c2be81e782605fa1f4564abcfb8dd8aeeaba9ce7ca4af462deb667ec06727",
    "ar": "02a3f3542083c8028059a0196ff56a24c50a02efaf0679684aa7d8c22207a508",
}
EVERY = pytest.mark.parametrize("language", SHIPPED)
CLEAR = {"en": 0.97, "fr": 0.96, "es": 0.96, "pt": 0.96, "ar": 0.84}
"""Share of all single typing errors that one word alone explains."""
PAIRS = list(combinations(SHIPPED, 2))
OTHERS = [language for language in SHIPPED if language != "en"]


# Each list.


def test_every_list_in_the_folder_ships() -> None:
    folder = resources.files("keys.sealing") / "words"
    assert sorted(SHIPPED) == sorted(file.name.removesuffix(".txt") for file in folder.iterdir())


@EVERY
def test_eight_words_are_more_than_100_bits(language: str) -> None:
    assert CODENAME_WORDS * math.log2(len(set(FOLDED[language]))) >= 100


@EVERY
def test_a_list_never_changes(language: str) -> None:
    """People hold its words on paper."""
    assert len(WORDS[language]) == 6_000
    assert hashlib.sha256("\n".join(WORDS[language]).encode()).hexdigest() == DIGESTS[language]


@EVERY
def test_words_are_sorted_and_differ_when_folded(language: str) -> None:
    assert list(WORDS[language]) == sorted(WORDS[language])
    assert len(set(FOLDED[language])) == len(WORDS[language])


@EVERY
def test_folding_leaves_one_run_of_four_to_nine_letters_of_the_script(language: str) -> None:
    assert all(len(fold(word)) == 1 for word in WORDS[language])
    assert all(4 <= len(word) <= 9 and set(word) <= set(LETTERS[language]) for word in FOLDED[language])


@pytest.mark.parametrize("language", [language for language in SHIPPED if LETTERS[language] == LATIN])
def test_words_in_latin_letters_are_shown_without_accents(language: str) -> None:
    assert WORDS[language] == FOLDED[language]


@EVERY
def test_no_word_begins_with_another(language: str) -> None:
    assert prefix_pairs(FOLDED[language]) == []


@EVERY
def test_no_two_words_are_one_typing_error_apart(language: str) -> None:
    assert alike_pairs(FOLDED[language]) == set()


@EVERY
def test_most_typing_errors_have_one_meaning(language: str) -> None:
    words = WordList.load(language)
    sample = random.Random(1).sample(list(zip(words.words, FOLDED[language], strict=True)), 60)
    errors = [(word, error) for word, key in sample for error in typing_errors(key, LETTERS[language]) - {key}]
    clear = sum(words._near(error) == {word} for word, error in errors)
    assert clear / len(errors) > CLEAR[language]


@EVERY
def test_eight_numbered_words_fit_into_the_field_however_long_they_are(language: str) -> None:
    longest = sorted(WORDS[language], key=lambda word: len(word.encode()))[-CODENAME_WORDS:]
    assert len(f"{NUMBERED} {' '.join(longest)}".encode()) <= CODENAME_FIELD_BYTES


@EVERY
def test_the_head_of_a_list_says_where_it_comes_from(language: str) -> None:
    text = (resources.files("keys.sealing") / "words" / f"{language}.txt").read_text(encoding="utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert text.startswith("".join(f"{line}\n" for line in head))
    assert all(any(said in line for line in head) for said in (f'"{language}"', "6,000", "never changes"))
    assert any("CC BY" in line for line in head)


# Lists side by side.


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_letters_are_words_of_one_list_and_cut_elsewhere_words_of_another(one: str, other: str) -> None:
    """So letters that two lists read without an error are the same words, and the same secret."""
    assert crossings(FOLDED[one], FOLDED[other]) == set()


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_words_that_two_lists_share_are_spelled_alike(one: str, other: str) -> None:
    shared = set(FOLDED[one]) & set(FOLDED[other])
    assert shared <= set(WORDS[one]) & set(WORDS[other])


def test_words_that_two_lists_share_are_read_alike_on_every_page() -> None:
    shared = sorted(set(WORDS["es"]) & set(WORDS["pt"]))
    codename = Codename(tuple(random.Random(1).sample(shared, CODENAME_WORDS)))
    for language in SHIPPED:
        assert LISTS.read(codename.expose(), language) == codename
        assert LISTS.read(codename.expose().replace(" ", ""), language) == codename


# Drawing.


@EVERY
def test_a_page_draws_from_the_list_of_its_language(language: str) -> None:
    assert LISTS.language_of(language) == language
    assert set(LISTS.draw(language).expose().split(" ")) <= set(WORDS[language])


@pytest.mark.parametrize("language", ["sw", "ny", "ru", "xx"])
def test_a_language_without_a_list_draws_english_words(language: str) -> None:
    assert LISTS.language_of(language) == "en"
    assert set(LISTS.draw(language).expose().split(" ")) <= set(WORDS["en"])


@EVERY
def test_the_language_of_words_is_known_on_every_page(language: str) -> None:
    codename = Codename(
        tuple(sorted(set(WORDS[language]) - {w for o in SHIPPED if o != language for w in WORDS[o]})[:8])
    )
    assert {LISTS.language_of_words(codename, page) for page in (*SHIPPED, "sw")} == {language}


def test_words_that_the_list_of_the_page_has_are_of_its_language() -> None:
    shared = Codename(tuple(sorted(set(WORDS["es"]) & set(WORDS["pt"]) - set(WORDS["en"]) - set(WORDS["fr"]))[:8]))
    assert [LISTS.language_of_words(shared, page) for page in ("pt", "es", "en", "fr")] == ["pt", "es", "es", "es"]


def test_all_lists_are_read_once() -> None:
    assert WordLists.load() is WordLists.load()


# Reading.


@pytest.mark.parametrize("page", [*SHIPPED, "sw"])
@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", codename_forge.READ_IN["fr"])
def test_what_people_type_is_read_on_a_page_in_any_language(name: str, language: str, page: str) -> None:
    typed = codename_forge.READ_IN[language][name]
    assert LISTS.read(typed, page).expose() == codename_forge.WORDS_IN[language]


@pytest.mark.parametrize("language", OTHERS)
def test_stored_vectors_of_every_language_are_read(language: str) -> None:
    files = sorted((codename_forge.FOLDER / f"read-{language}").iterdir())
    assert len(files) == len(codename_forge.READ_IN[language])
    for file in files:
        assert LISTS.read(file.read_bytes().decode(), "en").expose() == codename_forge.WORDS_IN[language]


@vectors("codename", "read")
def test_english_words_are_read_on_an_arabic_page(path: Path) -> None:
    assert LISTS.read(path.read_bytes().decode(), "ar").expose() == codename_forge.WORDS


@vectors("codename", "refuse-count")
def test_more_or_fewer_words_are_refused_by_all_lists(path: Path) -> None:
    with pytest.raises(CodenameError):
        LISTS.read(path.read_bytes().decode(), "es")


@vectors("codename", "refuse-word")
def test_unknown_words_are_refused_by_all_lists(path: Path) -> None:
    with pytest.raises(CodenameError):
        LISTS.read(path.read_bytes().decode(), "pt")


@vectors("codename", "refuse-length")
def test_long_texts_are_refused_unread(path: Path) -> None:
    with pytest.raises(CodenameError, match="too long"):
        LISTS.read(path.read_bytes().decode(), "ar")


def test_words_of_two_lists_mixed_are_no_codename() -> None:
    mixed = [*codename_forge.WORDS_IN["fr"].split()[:4], *codename_forge.WORDS_IN["ar"].split()[4:]]
    with pytest.raises(CodenameError):
        LISTS.read(" ".join(mixed), "fr")


def test_an_error_that_two_lists_could_mend_is_mended_by_the_list_of_the_page() -> None:
    """Seven words that both have, and one that is an error away from a word of each."""
    lists = WordLists({"en": few("maple"), "es": few("camino"), "pt": few("caminho")})
    typed = f"{COMMON} camiho"
    assert lists.read(typed, "pt").expose() == f"{COMMON} caminho"
    assert lists.read(typed, "es").expose() == f"{COMMON} camino"


def test_an_error_that_two_other_lists_could_mend_is_refused() -> None:
    lists = WordLists({"en": few("maple"), "es": few("camino"), "pt": few("caminho")})
    for page in ("en", "fr"):
        with pytest.raises(CodenameError, match="with certainty"):
            lists.read(f"{COMMON} camiho", page)


def test_fewer_errors_in_another_list_count_more_than_the_list_of_the_page() -> None:
    lists = WordLists({"en": few("maple"), "es": few("camino"), "pt": few("caminho")})
    assert lists.read(f"{COMMON} camino", "pt").expose() == f"{COMMON} camino"
    torn = f"{COMMON.replace('vela', 'vfela')} caminho"
    assert lists.read(torn, "es").expose() == f"{COMMON} caminho"


def test_a_doubt_within_the_list_of_the_page_is_named_by_its_place() -> None:
    lists = WordLists({"en": WordList(("border", "broader", *COMMON.split()))})
    with pytest.raises(CodenameError, match="Word 8") as caught:
        lists.read(f"{COMMON} brorder", "en")
    assert caught.value.position == 8


def test_letters_that_two_lists_would_cut_in_two_ways_are_refused() -> None:
    """The lists that ship hold no such words; a list that did would lead nobody to another's box."""
    one = WordList(("mira", "salto", *COMMON.split()))
    other = WordList(("miras", "alto", *COMMON.split()))
    lists = WordLists({"en": one, "es": other})
    rest = "".join(COMMON.split()[:6])
    for page in ("en", "es"):
        with pytest.raises(CodenameError, match="with certainty"):
            lists.read(f"{rest}mirasalto", page)


COMMON = "vela lago mesa nube pista rosa viento"


def few(word: str) -> WordList:
    return WordList((word, *COMMON.split()))


pages = st.sampled_from([*SHIPPED, "sw"])
drawn_words = st.sampled_from(SHIPPED).flatmap(
    lambda language: st.tuples(st.just(language), st.tuples(*[st.sampled_from(WORDS[language])] * CODENAME_WORDS))
)


@settings(deadline=None)
@given(drawn_words, pages, st.sampled_from([" ", "\n", "-", "، ", ""]))
def test_any_codename_is_read_on_any_page_however_it_is_spaced(
    drawn: tuple[str, tuple[str, ...]], page: str, between: str
) -> None:
    _language, words = drawn
    assert LISTS.read(between.join(words), page) == Codename(words)
    assert LISTS.read(between.join("".join(fold(word)) for word in words), page) == Codename(words)


@settings(deadline=None)
@given(drawn_words, pages, st.sets(st.integers(0, 7), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_typing_errors_are_mended_or_refused_but_never_misread(
    drawn: tuple[str, tuple[str, ...]], page: str, wrong: set[int], chance: random.Random
) -> None:
    language, words = drawn
    typed = ["".join(fold(word)) for word in words]
    for place in wrong:
        typed[place] = chance.choice(sorted(typing_errors(typed[place], LETTERS[language])))
    with suppress(CodenameError):
        assert LISTS.read(" ".join(typed), page) == Codename(words)


@settings(deadline=None)
@given(st.text(LATIN + ARABIC + " ", max_size=CODENAME_FIELD_BYTES), pages)
def test_any_text_is_read_or_refused(text: str, page: str) -> None:
    with suppress(CodenameError):
        assert LISTS.language_of_words(LISTS.read(text, page)) in SHIPPED


class CountingList(WordList):
    """Counts how often it is asked for words, exact ones and near ones."""

    exact = nearby = 0

    def exactly(self, typed: Typed) -> Readings:
        self.exact += 1
        return super().exactly(typed)

    def _near(self, run: str) -> frozenset[str]:
        self.nearby += 1
        return super()._near(run)


COUNTING = {language: CountingList(words) for language, words in WORDS.items()}


def counted(text: str, page: str) -> list[tuple[int, int]]:
    """Read a text, or not, and return for each list how often it was asked."""
    for words in COUNTING.values():
        words.exact = words.nearby = 0
    with suppress(CodenameError):
        WordLists(COUNTING).read(text, page)
    return [(words.exact, words.nearby) for words in COUNTING.values()]


@pytest.mark.parametrize("page", SHIPPED)
def test_known_and_unknown_words_are_looked_up_alike(page: str) -> None:
    """Reading knows no mailboxes: whoever was given words and who was not take the same steps in every list."""
    steps = [counted(LISTS.draw("fr").expose(), page) for _ in range(20)]
    assert steps == [[(1, 0)] * 4 + [(0, 0)]] * 20  # a list in another script has nothing to look up


@settings(deadline=None)
@given(st.lists(st.sampled_from(SHIPPED[:4]).flatmap(lambda language: st.sampled_from(WORDS[language])), max_size=14))
def test_reading_with_errors_is_bounded_work(typed: list[str]) -> None:
    """Each stretch of letters is looked up once a list: at most 80 starts and eight lengths."""
    assert all(nearby <= 80 * 8 for _, nearby in counted("".join(word[:-1] for word in typed), "fr"))


# Keys.


@pytest.mark.parametrize("language", OTHERS)
def test_the_secret_is_what_folding_leaves(language: str) -> None:
    vector = json.loads((codename_forge.FOLDER / "derive" / f"words-{language}.json").read_text())
    codename = LISTS.read(vector["codename"], language)
    keys = MailboxKeys.derive(codename, bytes.fromhex(vector["salt"]))
    assert keys.address.hex() == vector["address"]
    assert str(keys.identity.recipient()) == vector["letter_recipient"]


def test_a_word_spelled_otherwise_gives_the_same_keys() -> None:
    spelled = Codename(("مدرسة",) * CODENAME_WORDS)
    typed = Codename(("مدرسه",) * CODENAME_WORDS)
    one, other = (MailboxKeys.derive(codename, bytes(16)) for codename in (spelled, typed))
    assert one.address == other.address
    assert one.identity.expose() == other.identity.expose()


def test_words_that_each_lack_a_letter_or_have_one_too_many_may_be_read() -> None:
    words = WordList(("cat", "dog", "mouse"))
    assert words.may_read(Typed.of(" ".join(["ca"] * CODENAME_WORDS)))
    assert not words.may_read(Typed.of("ca" * (CODENAME_WORDS - 1) + "c"))
    assert words.may_read(Typed.of(" ".join(["mousee"] * CODENAME_WORDS)))
    assert not words.may_read(Typed.of("mousee" * CODENAME_WORDS + "e"))
