from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.commitments import Disclosed, address_key, check_disclosed, commit_case, is_addressed
from keys.sealing.errors import FormatError

KEY = address_key(b"secret", "anna")
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "case-log" / "commitments.json").read_text())

values = st.dictionaries(st.text(max_size=10), st.text(max_size=40), min_size=1, max_size=40)


@pytest.mark.parametrize("vector", VECTORS["commitments"], ids=lambda vector: vector["name"])
def test_commitments_are_those_of_the_vectors(vector: dict[str, str]) -> None:
    assert Disclosed(vector["name"], vector["salt"], vector["value"]).commitment == vector["commitment"]


def test_the_key_for_addresses_is_that_of_the_vector() -> None:
    vector = VECTORS["address_key"]
    assert address_key(bytes.fromhex(vector["secret"]), vector["lead"]).hex() == vector["key"]


def test_a_commitment_is_salt_framed_name_and_value() -> None:
    disclosed = Disclosed("\u0627", "00" * 16, "v")
    framed = bytes(16) + (2).to_bytes(4, "big") + "\u0627".encode() + b"v"
    assert disclosed.commitment == hashlib.sha256(framed).hexdigest()
    assert Disclosed("ab", "00" * 16, "c").commitment != Disclosed("a", "00" * 16, "bc").commitment


@given(values)
def test_what_is_disclosed_is_committed_to(found: dict[str, str]) -> None:
    case = commit_case(found, ["reviewer/ann"], {"anna": KEY})
    check_disclosed(case.leaf, case.values)
    assert {item.name: item.value for item in case.disclose(found)} == found


@given(values, st.sampled_from(["name", "salt", "value"]))
def test_nothing_else_passes_for_it(found: dict[str, str], part: str) -> None:
    case = commit_case(found, ["reviewer/ann"], {})
    other = {"name": "other", "salt": "00" * 16, "value": "other"}
    with pytest.raises(FormatError, match="commit"):
        check_disclosed(case.leaf, [replace(case.values[0], **{part: other[part]})])


@pytest.mark.parametrize("number", [1, 15, 16, 17])
def test_the_leaf_does_not_tell_how_many_values_there_are(number: int) -> None:
    case = commit_case({f"field/{n}": "" for n in range(number)}, ["a"], {})
    assert len(case.leaf.commitments) == (16 if number <= 16 else 32)


def test_equal_cases_do_not_look_alike() -> None:
    leaves = [commit_case({"title": "x"}, ["a"], {"anna": KEY}).leaf for _ in range(2)]
    assert not set(leaves[0].commitments) & set(leaves[1].commitments)


def test_only_the_lead_who_is_meant_finds_the_case_addressed() -> None:
    leaf = commit_case({"title": "x"}, ["a"], {"anna": KEY}).leaf
    assert is_addressed(leaf, "anna", KEY)
    assert not is_addressed(leaf, "bo", KEY)
    assert not is_addressed(leaf, "anna", address_key(b"secret", "bo"))
    assert not is_addressed(commit_case({"title": "x"}, ["a"], {}).leaf, "anna", KEY)


def test_an_unknown_name_is_not_disclosed() -> None:
    with pytest.raises(KeyError):
        commit_case({"title": "x"}, ["a"], {}).disclose(["summary"])


def test_a_value_over_the_limit_is_not_committed_to() -> None:
    with pytest.raises(FormatError, match="65536"):
        commit_case({"title": "x" * 65_537}, ["a"], {})
