"""Root key and public bundle as files: every program reads them in one way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.limits import PUBLIC_BUNDLE_BYTES
from keys.sealing.notes import SigningKey
from keys.sealing.papers import ROOT_BYTES, read_public_bundle, read_public_bundle_note, read_root, what_is
from tests.keys.sealing.public_bundle_forge import NOTE
from tests.keys.sealing.signers import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_a_root_key_is_read_as_it_was_written(tmp_path: Path) -> None:
    for name in ("root", "\u0645\u0641\u062a\u0627\u062d", "\U0001f511" * 200):
        key = SigningKey.generate(name).verify_key
        (tmp_path / "root.pub").write_text(f"{key}\n", encoding="utf-8")
        assert read_root(tmp_path / "root.pub") == key


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        str(ROOT.verify_key).encode("utf-16"),
        str(ROOT.verify_key)[:-4].encode(),
        f"{ROOT.verify_key}\n{ROOT.verify_key}\n".encode(),
        str(ROOT.verify_key).encode() + b"A" * ROOT_BYTES,
        NOTE,
    ],
)
def test_a_file_that_holds_anything_else_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.pub").write_bytes(content)
    with pytest.raises(FormatError, match=r"other\.pub holds no root key"):
        read_root(tmp_path / "other.pub")


def test_a_public_bundle_is_believed_under_its_root_key_alone(tmp_path: Path) -> None:
    (tmp_path / "note").write_bytes(NOTE)
    assert read_public_bundle_note(tmp_path / "note") == NOTE
    assert read_public_bundle(tmp_path / "note", ROOT.verify_key).to_note(ROOT) == NOTE
    with pytest.raises(SignatureError):
        read_public_bundle(tmp_path / "note", SigningKey.generate(ROOT.name).verify_key)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (NOTE, "a public bundle"),
        (b"khomo/lead/v1\n{}", "a lead's card"),
        (b"khomo/address/v1\n{}", "a signed text of another kind"),
        (b"age-encryption.org/v1\n-> scrypt", "a sealed file, as key files are"),
        (f"{ROOT.verify_key}\n".encode(), "a public key, as root.pub is"),
        (b"hello\n", ""),
    ],
)
def test_a_wrong_paper_is_named_as_what_it_is(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "other").write_bytes(content)
    assert what_is(content) == what
    if what and "public key" not in what:
        with pytest.raises(FormatError, match=f"other holds no root key: it is {what}"):
            read_root(tmp_path / "other")
    if what != "a public bundle":
        expected = (
            f"other is no public bundle: it is {what}" if what else "other is no public bundle that is right: The"
        )
        with pytest.raises(FormatError, match=expected):
            read_public_bundle(tmp_path / "other", ROOT.verify_key)


def test_of_a_file_that_is_too_long_no_more_is_read_than_shows_it(tmp_path: Path) -> None:
    with (tmp_path / "note").open("wb") as file:
        file.truncate(1 << 40)
    assert len(read_public_bundle_note(tmp_path / "note")) == PUBLIC_BUNDLE_BYTES + 1
    with pytest.raises(FormatError, match="too large"):
        read_public_bundle(tmp_path / "note", ROOT.verify_key)
