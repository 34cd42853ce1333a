"""SLIP-39: the public vectors, and what fewer, mixed, forged and older shares give: nothing."""

from __future__ import annotations

import json
import pickle
import secrets
from itertools import combinations, permutations
from pathlib import Path

import pytest
import shamir_mnemonic
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import shamir

from keys.opening.errors import OpeningError
from keys.opening.shares import slip39
from keys.opening.shares.errors import ShareError
from keys.opening.shares.slip39 import ALL_WORDS, MOST_SHEETS, SECRET_BYTES, WORDS, Scheme, Share, combine, split_secret
from tests.keys.opening.shares.shares_forge import forged

VECTORS = Path(__file__).parents[3] / "vectors" / "slip39" / "vectors.json"
PUBLIC = [tuple(one[:3]) for one in json.loads(VECTORS.read_text())["vectors"]]
SCHEMES = st.integers(2, MOST_SHEETS).flatmap(
    lambda sheets: st.builds(Scheme, needed=st.integers(2, sheets), sheets=st.just(sheets))
)
OF_OUR_FORM = "45. Extendable basic sharing 2-of-3 (256 bits)"
SECRET = bytes(range(SECRET_BYTES))
FIRST = split_secret(SECRET, Scheme(2, 3))[0]


@pytest.mark.parametrize(("name", "mnemonics", "secret"), PUBLIC, ids=[name.split(".")[0] for name, *_ in PUBLIC])
def test_the_library_does_what_the_public_vectors_say(name: str, mnemonics: list[str], secret: str) -> None:
    if secret:
        assert shamir_mnemonic.combine_mnemonics(mnemonics, b"TREZOR").hex() == secret, name
    else:
        with pytest.raises(shamir_mnemonic.MnemonicError):
            shamir_mnemonic.combine_mnemonics(mnemonics, b"TREZOR")


@pytest.mark.parametrize(("name", "mnemonics", "secret"), PUBLIC, ids=[name.split(".")[0] for name, *_ in PUBLIC])
def test_what_the_vectors_refuse_is_refused_here_and_so_is_every_share_that_is_not_ours(
    name: str, mnemonics: list[str], secret: str
) -> None:
    if name == OF_OUR_FORM:
        assert combine([Share(mnemonic.split(" ")) for mnemonic in mnemonics]) == shamir_mnemonic.combine_mnemonics(
            mnemonics
        )
        assert combine([Share(mnemonic.split(" ")) for mnemonic in mnemonics]).hex() != secret, "it has a passphrase"
        return
    with pytest.raises(ShareError):
        combine([Share(mnemonic.split(" ")) for mnemonic in mnemonics])


def test_there_are_forty_five_public_vectors_and_their_source_is_named() -> None:
    assert len(PUBLIC) == 45
    assert "trezor/python-shamir-mnemonic" in json.loads(VECTORS.read_text())["source"]
    assert "Permission is hereby granted" in VECTORS.with_name("LICENSE").read_text()


@given(secret=st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES), scheme=SCHEMES, chance=st.randoms())
@settings(max_examples=20)
def test_any_choice_of_enough_shares_in_any_order_gives_back_every_secret(
    secret: bytes, scheme: Scheme, chance: object
) -> None:
    shares = list(split_secret(secret, scheme))
    assert len(shares) == scheme.sheets
    assert all(len(share.expose()) == WORDS and share.needed == scheme.needed for share in shares)
    assert {share.begins for share in shares} == {" ".join(shares[0].expose()[:2])}
    chance.shuffle(shares)  # type: ignore[attr-defined]
    assert combine(shares[: scheme.needed]) == secret


@pytest.mark.parametrize("scheme", [Scheme(2, 3), Scheme(3, 5), Scheme(4, 4)], ids=str)
def test_every_choice_of_enough_shares_gives_back_the_secret_and_every_smaller_one_fails(scheme: Scheme) -> None:
    shares = split_secret(SECRET, scheme)
    for few in range(scheme.needed):
        for chosen in combinations(shares, few):
            with pytest.raises(ShareError, match="do not fit together"):
                combine(chosen)
    for chosen in combinations(shares, scheme.needed):
        assert combine(chosen) == SECRET
    for order in permutations(shares[: scheme.needed]):
        assert combine(order) == SECRET


@pytest.mark.parametrize("needed", [2, 3, 5])
def test_with_one_share_less_every_value_of_each_byte_is_as_likely_as_before(needed: int) -> None:
    """To each value of the missing share belongs one value of the secret, and to each value of the secret one share."""
    known = [shamir.RawShare(place, bytes([secrets.randbelow(256)])) for place in range(needed - 1)]
    found = {shamir._interpolate([*known, shamir.RawShare(needed, bytes([last]))], 255)[0] for last in range(256)}
    assert found == set(range(256))


@given(st.data())
@settings(max_examples=40)
def test_up_to_three_wrong_words_are_always_noticed(data: st.DataObject) -> None:
    words = list(FIRST.expose())
    for place in data.draw(st.sets(st.integers(0, WORDS - 1), min_size=1, max_size=3)):
        words[place] = data.draw(st.sampled_from([word for word in ALL_WORDS if word != words[place]]))
    with pytest.raises(ShareError) as caught:
        Share(words)
    assert str(caught.value) == (
        "All words are of the list, but together they are no share. "
        "A word is another one than on the sheet, or two changed places: type the sheet again."
    )


@given(st.integers(0, WORDS - 2))
def test_two_words_that_changed_places_are_noticed(place: int) -> None:
    words = list(FIRST.expose())
    if words[place] != words[place + 1]:
        words[place], words[place + 1] = words[place + 1], words[place]
        with pytest.raises(ShareError, match="together they are no share"):
            Share(words)


def test_shares_of_an_older_split_of_the_same_key_do_not_mix_with_new_ones() -> None:
    older, newer = (split_secret(SECRET, Scheme(3, 5)) for _ in range(2))
    assert older[0].begins != newer[0].begins
    for chosen in ((older[0], newer[1], newer[2]), (older[0], older[1], newer[2])):
        with pytest.raises(ShareError):
            combine(chosen)
    assert combine(older[1:4]) == combine(newer[2:]) == SECRET


def test_a_forged_share_with_a_checksum_that_holds_does_not_change_the_key() -> None:
    shares = split_secret(SECRET, Scheme(3, 5))
    for value in (bytes(SECRET_BYTES), secrets.token_bytes(SECRET_BYTES)):
        with pytest.raises(ShareError):
            combine([forged(shares[0], value), *shares[1:3]])


def test_a_share_whose_exponent_would_stop_the_machine_is_refused() -> None:
    share = shamir_mnemonic.Share.from_mnemonic(" ".join(split_secret(SECRET, Scheme(2, 2))[0].expose()))
    for change in ({"iteration_exponent": 15}, {"extendable": False}, {"group_count": 2}, {"member_threshold": 1}):
        with pytest.raises(ShareError, match="not of a key of ours"):
            Share(shamir_mnemonic.Share(**(vars(share) | change)).words())


@pytest.mark.parametrize("length", [16, 24, 48])
def test_a_share_of_a_secret_of_another_length_is_refused(length: int) -> None:
    ((mnemonic, *_),) = shamir_mnemonic.generate_mnemonics(1, [(2, 3)], bytes(length), iteration_exponent=0)
    with pytest.raises(ShareError, match="not of a key of ours"):
        Share(mnemonic.split(" "))


def test_a_share_prints_nothing_and_is_not_pickled() -> None:
    share, other = split_secret(SECRET, Scheme(2, 2))
    assert repr(share) == "Share"
    assert share == Share(share.expose())
    assert share != other
    assert share != " ".join(share.expose())
    with pytest.raises(TypeError):
        pickle.dumps(share)
    with pytest.raises(TypeError):
        hash(share)


def test_only_32_bytes_are_split() -> None:
    with pytest.raises(OpeningError, match="32 bytes"):
        split_secret(bytes(16), Scheme(2, 3))


def test_shares_that_do_not_give_back_the_secret_are_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slip39, "combine", lambda _shares: bytes(SECRET_BYTES))
    with pytest.raises(OpeningError, match="do not give back"):
        split_secret(SECRET, Scheme(2, 3))


@pytest.mark.parametrize(("text", "needed", "sheets"), [("3/5", 3, 5), (" 2/2 ", 2, 2), ("16/16", 16, 16)])
def test_a_scheme_is_read(text: str, needed: int, sheets: int) -> None:
    scheme = Scheme.parse(text)
    assert (scheme.needed, scheme.sheets, scheme.may_be_lost) == (needed, sheets, sheets - needed)
    assert str(scheme) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "3", "3of5", "/", "a/b", "1/1", "1/5", "0/5", "5/3", "2/17", "-2/3", "3/5/7", "²/3"]
)
def test_senseless_schemes_are_refused(text: str) -> None:
    with pytest.raises(OpeningError):
        Scheme.parse(text)
