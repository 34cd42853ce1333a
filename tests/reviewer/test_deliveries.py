"""Deliveries to leads who open with OpenPGP: encrypted through a pipe, never on the disk in the clear."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from keys.opening.lead_card import LeadCard
from keys.sealing.age import HybridIdentity
from keys.sealing.errors import KhomoError
from keys.sealing.notes import SigningKey
from reviewer.case_log import append_pending
from reviewer.deliveries import _pipe, write_deliveries
from reviewer.leads import add_lead
from tests.gnupg_home import Gpg, gnupg_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


@pytest.fixture
def gpg() -> Iterator[Gpg]:
    with gnupg_home() as run:
        yield run


def test_a_lead_with_openpgp_opens_the_delivery(org: Organisation, desk: Vault, carry: Carry, gpg: Gpg) -> None:
    org.report("text")
    carry()
    append_pending(desk)
    key = SigningKey.generate("lead/bela")
    armored = gpg("--armor", "--export").decode()
    card = LeadCard("bela", key.verify_key, str(HybridIdentity.generate().recipient()), armored)
    with desk.change() as change:
        add_lead(change, card)
    [delivered] = write_deliveries(desk)
    assert delivered.path.name == "khomo-to-lead-bela-000001.gpg"
    assert b"log/leaves.jsonl" not in delivered.path.read_bytes()
    assert b"log/leaves.jsonl" in gpg("--decrypt", str(delivered.path))


def test_a_pipe_passes_on_what_is_written() -> None:
    with _pipe(lambda sink: sink(b"content")) as path:
        assert path.read_bytes() == b"content"


def test_a_pipe_that_nobody_reads_ends() -> None:
    def leave() -> None:
        with _pipe(lambda sink: sink(b"x" * 1_000_000)):
            raise KhomoError("no key")

    with pytest.raises(KhomoError, match="no key"):
        leave()


def test_what_goes_wrong_while_writing_is_raised() -> None:
    def fail(_sink: object) -> None:
        raise KhomoError("no package")

    def read() -> None:
        with _pipe(fail) as path:
            assert Path(path).read_bytes() == b""

    with pytest.raises(KhomoError, match="no package"):
        read()
