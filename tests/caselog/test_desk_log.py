"""The desk's appender and its heads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    cosign,
    merged,
    newest_cosigned,
    origin_of,
    read_checkpoint,
    sign_checkpoint,
)
from caselog.desk_log import DeskLog
from caselog.leaves import DispositionLeaf, FillerLeaf, RowState, leaf_from_bytes
from caselog.merkle import EMPTY_ROOT, leaf_hash, root
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.limits import NOTE_SIGNATURES
from keys.sealing.notes import SigningKey, add_signature, sign
from tests.caselog.world import key

DESK = key("desk/main")
OPEN = DispositionLeaf("ab" * 16, RowState.OPEN)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_heads_stand_at_multiples_of_16_and_cover_every_leaf(batches: list[int]) -> None:
    log, stored = DeskLog.of(), list[bytes]()
    for batch in batches:
        extension = log.extend([OPEN] * batch, DESK)
        assert extension.first == len(stored)
        stored += extension.leaves
        head = read_checkpoint(extension.checkpoint, DESK.verify_key).checkpoint
        assert (head.size, head.root) == (len(stored), root(map(leaf_hash, stored)))
        assert head.size % 16 == 0 == (extension.size - head.size)
        log = extension.log
    assert DeskLog.of(stored).checkpoint(DESK) == log.checkpoint(DESK)


def test_the_leaves_asked_for_come_first_and_filler_after_them() -> None:
    extension = DeskLog.of().extend([OPEN], DESK)
    leaves = [leaf_from_bytes(data) for data in extension.leaves]
    assert leaves[0] == OPEN
    assert all(isinstance(leaf, FillerLeaf) for leaf in leaves[1:])
    assert len(set(leaves[1:])) == 15


def test_a_log_is_not_changed_by_what_grows_out_of_it() -> None:
    log = DeskLog.of()
    log.extend([OPEN], DESK)
    assert log.size == 0
    assert read_checkpoint(log.checkpoint(DESK), DESK.verify_key).checkpoint.root == EMPTY_ROOT


def test_there_is_no_head_without_a_new_leaf() -> None:
    with pytest.raises(ValueError, match="nothing"):
        DeskLog.of().extend([], DESK)


# --- checkpoints --------------------------------------------------------------------------------------------------

HEAD = Checkpoint(origin_of(DESK.verify_key), 16, bytes(range(32)))
NOTE = sign_checkpoint(HEAD, DESK)


def test_a_checkpoint_has_the_three_lines_of_c2sp() -> None:
    assert NOTE.startswith(
        b"khomo/case-log/v1/desk/main+05f5b467\n16\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n"
    )
    assert read_checkpoint(NOTE, DESK.verify_key).checkpoint == HEAD


TEXT = HEAD.to_text()


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        TEXT + "extension\n",
        TEXT.replace("\n16\n", "\n016\n"),
        TEXT.replace("\n16\n", "\n-1\n"),
        TEXT.replace("\n16\n", "\n" + "9" * 20 + "\n"),
        TEXT.replace("AAEC", "AAE!"),
        TEXT.replace("AAECAwQF", ""),
        TEXT.replace("8=\n", "9=\n"),
        TEXT.replace("8=\n", "8\n"),
    ],
)
def test_other_texts_are_no_checkpoints(text: str) -> None:
    with pytest.raises(FormatError):
        read_checkpoint(sign(text, [DESK]), DESK.verify_key)


def test_a_note_that_is_too_large_is_refused() -> None:
    with pytest.raises(FormatError, match="too large"):
        read_checkpoint(NOTE + bytes(70_000), DESK.verify_key)


def test_the_head_of_another_log_or_by_another_key_is_refused() -> None:
    with pytest.raises(SignatureError, match="another log"):
        read_checkpoint(sign("other\n16\n" + TEXT.split("\n")[2] + "\n", [DESK]), DESK.verify_key)
    with pytest.raises(SignatureError):
        read_checkpoint(NOTE, key("desk/other").verify_key)


def test_co_signatures_of_leads_are_recognised() -> None:
    leads = [key("lead/anna").verify_key, key("lead/bo").verify_key]
    signed = read_checkpoint(cosign(read_checkpoint(NOTE, DESK.verify_key), key("lead/bo")), DESK.verify_key, leads)
    assert signed.signers == (DESK.verify_key, leads[1])


def test_co_signatures_of_several_copies_come_together() -> None:
    leads = [key("lead/anna").verify_key, key("lead/bo").verify_key]
    signed = read_checkpoint(NOTE, DESK.verify_key)
    both = NOTE
    for name in ("lead/anna", "lead/bo", "lead/anna", "lead/stranger"):
        both = merged(both, cosign(signed, key(name)), DESK.verify_key, leads)
    assert [signer.name for signer in read_checkpoint(both, DESK.verify_key, leads).signers] == [
        *("desk/main", "lead/anna", "lead/bo")
    ]
    assert b"stranger" not in both


def test_a_lead_brings_its_signature_and_no_other_line() -> None:
    """More lines would fill a head, or condemn it on the day on which a key gets their id."""
    anna, bo = key("lead/anna"), key("lead/bo")
    leads = [anna.verify_key, bo.verify_key]
    stuffed = cosign(read_checkpoint(NOTE, DESK.verify_key), anna)
    for number in range(NOTE_SIGNATURES - 2):
        other = SigningKey.from_seed(f"{('lead/anna', 'desk/main')[number % 2]}", bytes([number] * 32))
        stuffed = add_signature(stuffed, other)
    head = merged(NOTE, stuffed, DESK.verify_key, leads)
    assert head == cosign(read_checkpoint(NOTE, DESK.verify_key), anna)
    head = merged(head, cosign(read_checkpoint(NOTE, DESK.verify_key), bo), DESK.verify_key, leads)
    assert read_checkpoint(head, DESK.verify_key, leads).cosigners == tuple(leads)


def test_co_signatures_of_another_head_are_refused() -> None:
    other = sign_checkpoint(Checkpoint(HEAD.origin, 32, HEAD.root), DESK)
    with pytest.raises(FormatError, match="another one"):
        merged(NOTE, other, DESK.verify_key, [])


def cosigned(size: int, *names: str) -> SignedCheckpoint:
    """Return a head of the log with the co-signatures of these leads."""
    leads = [key(name) for name in names]
    signed = read_checkpoint(sign_checkpoint(Checkpoint(HEAD.origin, size, HEAD.root), DESK), DESK.verify_key)
    for lead in leads:
        signed = read_checkpoint(cosign(signed, lead), DESK.verify_key, [one.verify_key for one in leads])
    return signed


def test_of_all_heads_those_count_that_are_the_newest_of_some_lead() -> None:
    anna, bo, both = cosigned(48, "lead/anna"), cosigned(32, "lead/bo"), cosigned(16, "lead/anna", "lead/bo")
    assert newest_cosigned([both, bo, cosigned(64), anna]) == (anna, bo)
    assert newest_cosigned([both, cosigned(32, "lead/anna"), anna]) == (anna, both)
    assert newest_cosigned([cosigned(16)]) == ()
