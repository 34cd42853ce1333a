"""Mailboxes of decoys are treated like any other: else the server would learn from the desk which they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.limits import LETTER_BYTES
from reviewer.inbox import no_progress
from reviewer.outbox import write_server_bundle
from tests.reviewer.organisation import Source

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


def test_the_mailbox_of_a_decoy_gets_a_fresh_letter_in_every_bundle_like_that_of_a_source(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source, decoy = Source(), Source()
    org.report("text", mailbox=source.slip)
    org.decoy(mailbox=decoy.slip)
    carry()
    letters: list[dict[str, tuple[int, str]]] = []
    for _ in range(2):
        bundle = org.read_desk_bundle(write_server_bundle(desk, no_progress).path)
        letters.append({entry.id: (entry.size, entry.sha256) for entry in bundle.manifest.blobs})
    for address in (source.address.hex(), decoy.address.hex()):
        sizes, digests = zip(*(found[address] for found in letters), strict=True)
        assert sizes == (LETTER_BYTES, LETTER_BYTES)
        assert len(set(digests)) == 2
    assert letters[0].keys() == letters[1].keys()
