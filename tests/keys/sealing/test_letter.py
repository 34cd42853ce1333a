"""Letters: every vector, one size for all, what is dropped first, who may write what."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.age import HYBRID_HEADER_BYTES, NoMatchError, open_sealed, read_header, seal
from keys.sealing.errors import FormatError, KhomoError, SignatureError
from keys.sealing.letter import (
    PLAIN_BYTES,
    Allowed,
    CaseState,
    Entry,
    EntryKind,
    Letter,
    LetterTooLongError,
    Outcome,
    blank_letter,
    check_fits,
    filler_letter,
    read_letter,
    write_letter,
)
from keys.sealing.letter_entry import new_question_name
from keys.sealing.limits import LETTER_BYTES, LETTER_TEXT_BYTES
from keys.sealing.notes import SigningKey
from keys.sealing.submission import Audience
from tests.keys.sealing import letter_forge
from tests.keys.sealing.letter_forge import ADDRESS, DIGEST, EVERYTHING, LETTER, RECIPIENT
from tests.keys.sealing.signers import DESK, SERVER, SOURCE, SPARE
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.values import MailboxAddress

SEALED = write_letter(LETTER, DESK, RECIPIENT)
DESKS, SERVERS = [SPARE.verify_key, DESK.verify_key], [SERVER.verify_key]


def opened(sealed: bytes, address: MailboxAddress = ADDRESS) -> Letter:
    return read_letter(sealed, SOURCE, address, DESKS, SERVERS)


def written(letter: Letter, key: SigningKey = DESK) -> Letter:
    sealed = write_letter(letter, key, RECIPIENT)
    assert len(sealed) == LETTER_BYTES
    return opened(sealed)


def entries(*texts: str, kind: EntryKind = EntryKind.REPLY) -> tuple[Entry, ...]:
    return tuple(Entry(kind, "2026-W47", text) for text in texts)


def in_folder(folder: str) -> pytest.MarkDecorator:
    return vectors("letter", folder)


def test_the_vectors_are_what_the_forge_makes() -> None:
    kept = {name: inside for name, inside in stored("letter").items() if not name.startswith("sealed-")}
    assert {name: gzip.decompress(inside) for name, inside in kept.items()} == letter_forge.make()


def test_the_sealed_vectors_are_those_of_the_forge() -> None:
    kept = {name for name in stored("letter") if name.startswith("sealed-")}
    assert kept == set(letter_forge.make_sealed())


@in_folder("accept")
def test_good_letters_are_read(path: Path) -> None:
    assert len(gzip.decompress(path.read_bytes())) == PLAIN_BYTES
    letter = opened(seal(gzip.decompress(path.read_bytes()), [RECIPIENT]))
    assert letter.signer == DESK.verify_key
    assert letter.address == ADDRESS


@in_folder("accept-filler")
def test_good_fillers_are_read(path: Path) -> None:
    letter = opened(seal(gzip.decompress(path.read_bytes()), [RECIPIENT]))
    assert letter == Letter(ADDRESS, 0, CaseState.WAITING)
    assert letter.signer == SERVER.verify_key


@in_folder("signature")
def test_letters_by_the_wrong_hand_are_refused(path: Path) -> None:
    with pytest.raises(SignatureError):
        opened(seal(gzip.decompress(path.read_bytes()), [RECIPIENT]))


@in_folder("format")
def test_letters_with_wrong_content_are_refused(path: Path) -> None:
    assert len(gzip.decompress(path.read_bytes())) == PLAIN_BYTES
    with pytest.raises(FormatError):
        opened(seal(gzip.decompress(path.read_bytes()), [RECIPIENT]))


@in_folder("sealed-accept")
def test_good_sealed_letters_are_read(path: Path) -> None:
    assert opened(path.read_bytes()) == LETTER


@in_folder("sealed-accept-filler")
def test_good_sealed_fillers_are_read(path: Path) -> None:
    assert opened(path.read_bytes()) == Letter(ADDRESS, 0, CaseState.WAITING)


@in_folder("sealed-refuse")
def test_damaged_and_foreign_sealed_letters_are_refused(path: Path) -> None:
    with pytest.raises(FormatError):
        opened(path.read_bytes())


def test_an_unpadded_letter_is_refused() -> None:
    note = open_sealed(write_letter(LETTER, DESK, RECIPIENT), [SOURCE]).expose()
    with pytest.raises(FormatError, match="size"):
        opened(seal(note.replace(b" " * 100, b""), [RECIPIENT]))


# One size.


def test_all_letters_look_alike() -> None:
    """Real, filler and blank letters: one size, one stanza, one header length."""
    long = replace(LETTER, entries=entries("x" * LETTER_TEXT_BYTES))
    letters = [
        write_letter(LETTER, DESK, RECIPIENT),
        write_letter(long, DESK, RECIPIENT),
        write_letter(LETTER, SigningKey.generate("n" * 200), RECIPIENT),
        filler_letter(ADDRESS, SERVER, RECIPIENT),
        blank_letter(),
    ]
    headers = [read_header(io.BytesIO(letter)) for letter in letters]
    assert {len(letter) for letter in letters} == {LETTER_BYTES}
    assert {header.length for header in headers} == {HYBRID_HEADER_BYTES}
    assert {tuple(stanza.kind for stanza in header.stanzas) for header in headers} == {("mlkem768x25519",)}


def test_a_blank_letter_opens_for_nobody_and_never_repeats() -> None:
    with pytest.raises(NoMatchError):
        open_sealed(blank_letter(), [SOURCE])
    assert blank_letter() != blank_letter()


def test_the_same_letter_is_fresh_ciphertext_each_time() -> None:
    assert write_letter(LETTER, DESK, RECIPIENT) != write_letter(LETTER, DESK, RECIPIENT)


# What is dropped.


def test_a_filler_says_to_which_desk_the_report_went() -> None:
    sealed = filler_letter(ADDRESS, SERVER, RECIPIENT, "outside")
    assert len(sealed) == LETTER_BYTES
    assert opened(sealed) == Letter(ADDRESS, 0, CaseState.WAITING, desk="outside")


def test_a_letter_comes_back_whole() -> None:
    assert written(LETTER) == LETTER
    assert written(EVERYTHING) == EVERYTHING
    assert written(LETTER, SPARE).signer == SPARE.verify_key


@pytest.mark.parametrize("text", ['"padding":""', '\\"padding":""', '{"padding":""}', '","padding":"",'])
def test_a_text_that_looks_like_the_padding_is_a_text(text: str) -> None:
    letter = replace(LETTER, entries=entries(text))
    assert written(letter) == letter


def test_texts_are_counted_in_bytes() -> None:
    just = replace(LETTER, entries=entries("old", "\u0628" * ((LETTER_TEXT_BYTES - 3) // 2) + "x" * 1))
    assert sum(len(entry.text.encode()) for entry in just.entries) == LETTER_TEXT_BYTES
    assert written(just) == just
    over = replace(just, entries=(*entries("olds"), just.entries[1]))
    assert written(over).entries == just.entries[1:]
    assert written(over).dropped == 1


def test_the_oldest_entries_are_dropped_and_counted() -> None:
    letter = replace(LETTER, dropped=3, entries=entries(*(f"{number}" + "x" * 999 for number in range(40))))
    read = written(letter)
    assert read.entries == letter.entries[-len(read.entries) :]
    assert 20 <= len(read.entries) <= 24
    assert read.dropped == 3 + 40 - len(read.entries)


def test_the_newest_receipt_outlives_older_and_newer_replies() -> None:
    old = Entry(EntryKind.RECEIPT, "2026-W40", "first", (DIGEST,))
    new = Entry(EntryKind.RECEIPT, "2026-W41", "second", (DIGEST,))
    letter = replace(LETTER, entries=(old, new, *entries("x" * 9_000, "y" * 9_000, "z" * 9_000)))
    assert [entry.text[:6] for entry in written(letter).entries] == ["second", "y" * 6, "z" * 6]


def test_a_receipt_gives_way_to_the_last_entry() -> None:
    receipt = Entry(EntryKind.RECEIPT, "2026-W41", "arrived", (DIGEST,))
    letter = replace(LETTER, entries=(receipt, *entries("x" * LETTER_TEXT_BYTES)))
    assert written(letter).entries == letter.entries[1:]


def test_the_last_entry_stays_even_if_it_is_a_receipt() -> None:
    receipt = Entry(EntryKind.RECEIPT, "2026-W41", "arrived", (DIGEST,) * 52)
    letter = replace(LETTER, entries=(*entries("x" * LETTER_TEXT_BYTES), receipt))
    assert written(letter).entries == (receipt,)


def test_entries_that_grow_in_json_are_dropped_too() -> None:
    """A newline is two bytes in JSON: the text fits, the letter would not."""
    letter = replace(LETTER, entries=entries("\n" * 12_000, "\n" * 12_000))
    assert written(letter).entries == letter.entries[1:]


@pytest.mark.parametrize("text", ["x" * (LETTER_TEXT_BYTES + 1), "\u0628" * 12_001, "\n" * 20_000])
def test_an_entry_that_fits_into_no_letter_is_refused(text: str) -> None:
    with pytest.raises(LetterTooLongError, match="Write less"):
        write_letter(replace(LETTER, entries=entries("old", text)), DESK, RECIPIENT)


def test_a_letter_that_is_full_to_the_last_byte_keeps_its_size() -> None:
    """Newlines grow in JSON: here the size of the letter is the limit, not that of the text."""

    def fits(newlines: int) -> bool:
        letter = replace(LETTER, entries=entries("\n" * newlines))
        try:
            return len(write_letter(letter, DESK, RECIPIENT)) == LETTER_BYTES
        except LetterTooLongError:
            return False

    most = max(newlines for newlines in range(14_900, 16_000) if fits(newlines))
    assert all(fits(newlines) for newlines in range(most - 20, most))
    with pytest.raises(LetterTooLongError):
        write_letter(replace(LETTER, entries=entries("\n" * (most + 1))), DESK, RECIPIENT)


def test_very_many_small_entries_keep_the_size_too() -> None:
    letter = replace(LETTER, entries=entries(*["x"] * 1_000))
    sealed = write_letter(letter, DESK, RECIPIENT)
    assert len(sealed) == LETTER_BYTES
    assert written(letter).dropped > 0


@pytest.mark.parametrize("text", ["x" * LETTER_TEXT_BYTES, '"' * 14_000, "\u0628" * 12_000])
def test_an_entry_that_fits_is_known_beforehand(text: str) -> None:
    (entry,) = entries(text)
    check_fits(entry)
    longest_name = SigningKey.generate("\U0001f6aa" * 200)
    allowed = Allowed(frozenset(Audience))
    letter = Letter(ADDRESS, 2**53 - 1, CaseState.CLOSED, (entry,), 2**53 - 1, Outcome.NOTHING_FOUND, allowed)
    assert len(write_letter(letter, longest_name, RECIPIENT)) == LETTER_BYTES


@pytest.mark.parametrize("text", ["x" * (LETTER_TEXT_BYTES + 1), '"' * 20_000, '"' * 15_000])
def test_an_entry_that_fits_into_no_letter_is_known_beforehand(text: str) -> None:
    with pytest.raises(LetterTooLongError):
        check_fits(*entries(text))


# Values.


def test_only_the_filler_has_number_zero() -> None:
    with pytest.raises(FormatError, match="count from 1"):
        write_letter(replace(LETTER, number=0), DESK, RECIPIENT)


@pytest.mark.parametrize("text", ["\0", "a\rb", "\x1b[0m", "\x7f", "\x9b"])
def test_entries_hold_no_control_characters(text: str) -> None:
    with pytest.raises(FormatError, match="control"):
        Entry(EntryKind.REPLY, "2026-W47", text)


@pytest.mark.parametrize("week", ["2026-W00", "2026-W54", "2026-47", "2026-11-20", "W47", "2026-W47-1", "2026-W47\n"])
def test_entries_stand_in_a_week(week: str) -> None:
    with pytest.raises(FormatError, match="week"):
        Entry(EntryKind.REPLY, week, "")


@pytest.mark.parametrize("digest", ["", "ab", "AB" * 32, "ab" * 33, "zz" * 32])
def test_digests_are_sha256(digest: str) -> None:
    with pytest.raises(FormatError, match="digest"):
        Entry(EntryKind.RECEIPT, "2026-W47", "", (digest,))


@pytest.mark.parametrize("question", ["", "0a", "0A" * 16, "zz" * 16])
def test_a_question_has_a_name(question: str) -> None:
    with pytest.raises(FormatError, match="question"):
        Entry(EntryKind.QUESTION, "2026-W47", "When?", question=question)


def test_names_of_questions_are_drawn_and_fit() -> None:
    names = {new_question_name() for _ in range(20)}
    assert len(names) == 20
    assert all(Entry(EntryKind.QUESTION, "2026-W47", "When?", question=name) for name in names)


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        (EntryKind.REPLY, {"digests": (DIGEST,)}),
        (EntryKind.NOTICE, {"proof": "x"}),
        (EntryKind.RECEIPT, {"question": "0a" * 16}),
        (EntryKind.REPLY, {"question": "x"}),
        (EntryKind.REPLY, {"answered": True}),
        (EntryKind.QUESTION, {"question": "0a" * 16, "audiences": frozenset({Audience.LEADS})}),
        (EntryKind.FORWARDED, {"originals": True}),
    ],
)
def test_an_entry_says_nothing_that_its_kind_could_not_carry(kind: EntryKind, member: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        Entry(kind, "2026-W47", "", **member)


@pytest.mark.parametrize("state", [state for state in CaseState if state is not CaseState.CLOSED])
def test_closed_and_nothing_else_has_an_outcome(state: CaseState) -> None:
    with pytest.raises(FormatError, match="outcome"):
        Letter(ADDRESS, 1, state, outcome=Outcome.UPHELD)
    with pytest.raises(FormatError, match="outcome"):
        Letter(ADDRESS, 1, CaseState.CLOSED)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=3_000)
weeks = st.sampled_from(["2026-W01", "2026-W47", "2032-W53"])
digests = st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), max_size=3).map(tuple)
names = st.binary(min_size=16, max_size=16).map(bytes.hex)
audiences = st.frozensets(st.sampled_from(Audience))
of_kind: dict[EntryKind, dict[str, st.SearchStrategy[Any]]] = {
    EntryKind.RECEIPT: {"digests": digests, "proof": texts},
    EntryKind.QUESTION: {"question": names, "answered": st.booleans()},
    EntryKind.FORWARDED: {"audiences": audiences},
    EntryKind.CONSENT: {"audiences": audiences, "originals": st.booleans()},
}
any_entry = st.one_of(*(st.builds(Entry, st.just(kind), weeks, texts, **of_kind.get(kind, {})) for kind in EntryKind))


def any_letter(state: CaseState) -> st.SearchStrategy[Letter]:
    return st.builds(
        Letter,
        st.just(ADDRESS),
        st.integers(1, 2**53 - 1),
        st.just(state),
        st.lists(any_entry, max_size=20).map(tuple),
        st.integers(0, 2**52),
        outcome=st.sampled_from(Outcome) if state is CaseState.CLOSED else st.none(),
        allowed=st.none() | st.builds(Allowed, audiences, st.booleans()),
    )


letters = st.sampled_from(CaseState).flatmap(any_letter)


@settings(deadline=None, max_examples=50)
@given(letters)
def test_any_letter_comes_back_but_for_what_was_dropped(letter: Letter) -> None:
    read = written(letter)
    assert replace(read, entries=letter.entries, dropped=letter.dropped) == letter
    assert read.dropped - letter.dropped == len(letter.entries) - len(read.entries)
    assert read.entries[-1:] == letter.entries[-1:]
    remaining = iter(letter.entries)
    assert all(entry in remaining for entry in read.entries)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, LETTER_BYTES - 1), st.integers(1, 255))
def test_no_byte_of_a_letter_can_change(position: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[position] ^= change
    with pytest.raises(FormatError):
        opened(bytes(changed))


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_any_content_of_the_right_size_is_refused_with_an_explanation(content: bytes) -> None:
    with pytest.raises(KhomoError):
        opened(seal(content.ljust(PLAIN_BYTES, b" "), [RECIPIENT]))
