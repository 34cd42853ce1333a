"""How word lists are made: which words the rules let stand side by side, and inputs that are exactly the named ones."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from keys.sealing.codename_lists import SHIPPED
from keys.sealing.folding import fold
from tests.keys.sealing.word_lists import lexicons
from tests.keys.sealing.word_lists.choosing import alike_pairs, choose, most_that_fit, one_apart, prefix_pairs
from tests.keys.sealing.word_lists.frequencies import read_frequencies
from tests.keys.sealing.word_lists.inputs import Input, InputError
from tests.keys.sealing.word_lists.making import WORDS, before, by_folded_form, choose_apart, head, read_list, stopped
from tests.keys.sealing.word_lists.sources import SOURCES
from tests.keys.sealing.word_lists.telling_apart import crossings

if TYPE_CHECKING:
    from pathlib import Path


def test_every_list_but_the_english_one_can_be_made_again() -> None:
    assert ["en", *SOURCES] == list(SHIPPED)


@pytest.mark.parametrize("language", SOURCES)
def test_the_head_of_a_list_is_what_the_maker_writes(language: str) -> None:
    text = (WORDS / f"{language}.txt").read_text(encoding="utf-8")
    assert text.startswith(head(language, SOURCES[language]))
    assert read_list(WORDS / f"{language}.txt") == tuple(text.removeprefix(head(language, SOURCES[language])).split())


@pytest.mark.parametrize("language", SOURCES)
def test_no_word_of_a_list_is_on_its_stop_list(language: str) -> None:
    is_stopped = stopped(language, b"[]")
    assert [word for word in read_list(WORDS / f"{language}.txt") if is_stopped(word)] == []


def test_a_stop_list_has_patterns_and_insults_are_stopped_too() -> None:
    is_stopped = stopped("fr", json.dumps(["zut"]).encode())
    assert all(is_stopped(word) for word in ("zut", "tuer", "assassin", "assassiner"))
    assert not is_stopped("zute")
    assert not is_stopped("maison")


def test_a_list_keeps_clear_of_those_made_before_it() -> None:
    assert before("fr") == ["en"]
    assert before("ar") == ["en", "fr", "es", "pt"]


def test_conflicts_are_found() -> None:
    words = ["porte", "portes", "poste", "portail", "potre", "banc", "blanc", "maison"]
    assert prefix_pairs(words) == [("porte", "portes")]
    assert {frozenset(pair) for pair in alike_pairs(words)} == {
        frozenset({"porte", "portes"}),
        frozenset({"porte", "poste"}),
        frozenset({"porte", "potre"}),
        frozenset({"banc", "blanc"}),
    }
    assert not one_apart("porte", "portes")


def test_what_fits_breaks_no_rule_and_leaves_out_no_word_for_nothing() -> None:
    words = ["porte", "portes", "poste", "posture", "portail", "potre", "banc", "blanc", "maison"]
    kept = most_that_fit(words)
    assert kept == {"portes", "poste", "potre", "posture", "portail", "banc", "maison"}
    assert prefix_pairs(kept) == []
    assert alike_pairs(kept) == set()


def test_the_most_used_words_make_the_list() -> None:
    assert choose(["porte", "portes", "maison", "jardin", "arbre"], 3) == ("jardin", "maison", "porte")
    with pytest.raises(ValueError, match="leave 4 of 5"):
        choose(["porte", "portes", "maison", "jardin", "arbre"], 5)


def test_words_that_letters_could_be_cut_into_otherwise_are_found() -> None:
    assert crossings(["mira", "salto"], ["miras", "alto"]) == {("salto", "alto")}
    assert crossings(["miras", "alto"], ["mira", "salto"]) == {("alto", "salto")}
    assert crossings(["mira", "sable", "tomar"], ["mirasa", "bleto", "maruja"]) == set()
    assert crossings(["mira", "sable", "tomar"], ["mirasa", "bleto", "mar"]) == {("tomar", "mar")}
    assert crossings(["abcdefgh", "xyz"], ["abcd", "ef", "gh"]) == {("abcdefgh", "gh")}
    assert crossings(["mira", "salto"], ["mira", "salto"]) == set()


def test_a_list_is_chosen_apart_from_others() -> None:
    assert choose_apart(["miras", "alto", "maison"], [("mira", "salto")], 2) == ("maison", "miras")


def test_of_words_that_fold_alike_the_most_used_is_kept() -> None:
    ranked = ["مدرسة", "مدرسه", "بيت", "مدرسة ليلية"]
    assert by_folded_form(ranked, SOURCES["ar"]) == {"".join(fold("مدرسة")): "مدرسة"}
    assert by_folded_form(["café", "table", "thé"], SOURCES["fr"]) == {"table": "table"}


def test_dictionaries_are_read() -> None:
    french = "4\nmaison/S.() po:nom is:fem\nbleus/-- po:adj is:mas is:pl\nParis/L' po:npr\nvite po:adv\nrire/t po:v3\n"
    assert lexicons.french(french.encode()) == {"maison", "rire"}
    assert lexicons.spanish(b"3\ncasa/LNS\ncaminar/RED\nCarazo\ngrande\n") == {"casa", "caminar"}
    portuguese = "3\nabacate/p\t[CAT=nc,G=m,N=s]\nabaixo\t[CAT=adv]\nabalar/XY\t[CAT=v,T=inf]\n"
    assert lexicons.portuguese(portuguese.encode()) == {"abacate", "abalar"}


def test_arabic_nouns_bring_their_regular_plurals() -> None:
    assert set(lexicons._arabic_forms("سيارة", 0, 0, 0)) == {"سيارة", "سيارات"}
    assert set(lexicons._arabic_forms("مهندس", 1, 1, 0)) == {"مهندس", "مهندسات", "مهندسون", "مهندسين"}
    assert set(lexicons._arabic_forms("بحر", 0, 0, 1)) == {"بحر", "بحري"}


def test_frequencies_are_read_in_centibels() -> None:
    header = b"\x82\xa6format\xa2cB\xa7version\x01"
    packed = b"\x94" + header + b"\x90" + b"\x91\xa2de" + b"\xdc\x00\x01\xd9\x06maison"
    assert read_frequencies(gzip.compress(packed)) == {"de": 10**-0.01, "maison": 10**-0.02}


@pytest.mark.parametrize("packed", [b"\x91\x80", b"\x91\x82\xa6format\xa2cB\xa7version\x02", b"\xc0"])
def test_other_files_of_frequencies_are_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"no list of frequencies|no values of kind"):
        read_frequencies(gzip.compress(packed))


def test_an_input_is_exactly_the_named_file(tmp_path: Path) -> None:
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    source = Input("PyPI", "words", "1.0", "data/list.txt", sha256, "MIT", "nobody")
    with pytest.raises(InputError, match="unpack PyPI's words"):
        source.read(tmp_path)
    file = tmp_path / "words" / "data" / "list.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"abc")
    assert source.read(tmp_path) == b"abc"
    file.write_bytes(b"abd")
    with pytest.raises(InputError, match="another file"):
        source.read(tmp_path)
