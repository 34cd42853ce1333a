"""Onion addresses are read strictly, and forgive only how people write them."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.errors import FormatError
from keys.sealing.onion_address import OnionAddress

TOR_PROJECT = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"


def address(key: bytes, version: int = 3) -> str:
    raw = key + hashlib.sha3_256(b".onion checksum" + key + bytes([version])).digest()[:2] + bytes([version])
    return base64.b32encode(raw).decode().lower() + ".onion"


def test_a_known_address_is_read() -> None:
    assert OnionAddress.parse(TOR_PROJECT).host == TOR_PROJECT


@pytest.mark.parametrize(
    "written",
    [
        f"http://{TOR_PROJECT}/",
        f"HTTP://{TOR_PROJECT.upper()}",
        f"{TOR_PROJECT}/fr/write",
        " ".join(OnionAddress.parse(TOR_PROJECT).groups) + " .onion",
    ],
)
def test_an_address_is_read_however_people_write_it(written: str) -> None:
    assert OnionAddress.parse(written) == OnionAddress(TOR_PROJECT)


def test_people_compare_fourteen_groups_of_four() -> None:
    groups = OnionAddress.parse(TOR_PROJECT).groups
    assert [len(group) for group in groups] == [4] * 14
    assert "".join(groups) + ".onion" == TOR_PROJECT


def test_a_browser_opens_it_without_https() -> None:
    assert OnionAddress.parse(TOR_PROJECT).url == f"http://{TOR_PROJECT}/"
    assert str(OnionAddress.parse(TOR_PROJECT)) == TOR_PROJECT


@given(st.binary(min_size=32, max_size=32))
def test_every_key_has_an_address(key: bytes) -> None:
    assert OnionAddress.parse(address(key)).host == address(key)


def test_a_wrong_letter_is_noticed_but_for_one_in_sixty_five_thousand() -> None:
    def passes(place: int, letter: str) -> bool:
        try:
            OnionAddress.parse(TOR_PROJECT[:place] + letter + TOR_PROJECT[place + 1 :])
        except FormatError:
            return False
        return letter != TOR_PROJECT[place]

    letters = "abcdefghijklmnopqrstuvwxyz234567"
    assert sum(passes(place, letter) for place in range(56) for letter in letters) <= 1


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "example.org",
        "expyuzz4wqqyqhjn.onion",
        TOR_PROJECT.removesuffix(".onion"),
        f"https://{TOR_PROJECT}",
        f"www.{TOR_PROJECT}",
        "0" + TOR_PROJECT[1:],
        TOR_PROJECT + "a" * 200,
        address(bytes(32), version=2),
    ],
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(FormatError):
        OnionAddress.parse(wrong)
