from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.errors import FormatError

POSITIONS = st.builds(
    ChainPosition,
    chain=st.builds(
        ChainId,
        signer=st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True),
        direction=st.sampled_from(Direction),
        random=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    ),
    number=st.integers(1, 2**40),
    head=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)


@given(POSITIONS, st.lists(POSITIONS, max_size=3).map(tuple))
def test_what_is_written_is_read_back(position: ChainPosition, former: tuple[ChainPosition, ...]) -> None:
    whole = ChainPosition(position.chain, position.number, position.head, former)
    assert ChainPosition.from_text(whole.to_text()) == whole


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        ChainPosition.from_text(text)
