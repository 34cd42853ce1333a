from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.source.form_token import TOKEN_BYTES, Form, FormTokens
from keys.sealing.codename import WordList
from tests.intake.world import Clock

CLOCK = Clock()
WORDS = WordList.load()
REPORT = Form("report", WORDS.draw())
TOKENS = FormTokens(bytes(32))


def test_a_token_is_fresh_for_twelve_hours_and_no_second_longer() -> None:
    clock = Clock()
    token = TOKENS.issue(REPORT, clock())
    clock.pass_by(hours=12, seconds=-1)
    assert TOKENS.read(REPORT, token, clock()).fresh
    clock.pass_by(seconds=1)
    late = TOKENS.read(REPORT, token, clock())
    assert (late.ours, late.fresh) == (True, False)


def test_a_token_for_one_form_is_not_ours_on_another() -> None:
    token = TOKENS.issue(REPORT, CLOCK())
    assert not TOKENS.read(Form("box", REPORT.codename), token, CLOCK()).ours


def test_a_token_for_other_words_is_not_ours() -> None:
    token = TOKENS.issue(REPORT, CLOCK())
    assert TOKENS.read(REPORT, token, CLOCK()).ours
    assert not TOKENS.read(Form("report", WORDS.draw()), token, CLOCK()).ours


def test_a_token_outlives_a_restart_and_not_the_server_key() -> None:
    token = TOKENS.issue(REPORT, CLOCK())
    assert FormTokens(bytes(32)).read(REPORT, token, CLOCK()).fresh
    assert not FormTokens(b"another server's seed, 32 bytes.").read(REPORT, token, CLOCK()).ours


@pytest.mark.parametrize("sign", ["-", "_"])
def test_a_token_may_hold_every_sign_of_its_alphabet(sign: str) -> None:
    token = next(token for _ in range(1000) if sign in (token := TOKENS.issue(REPORT, CLOCK())))
    assert TOKENS.read(REPORT, token, CLOCK()).ours


def test_names_are_random_unless_a_form_is_renewed() -> None:
    names = {TOKENS.read(REPORT, TOKENS.issue(REPORT, CLOCK()), CLOCK()).name for _ in range(50)}
    assert len(names) == 50
    name = names.pop()
    assert TOKENS.read(REPORT, TOKENS.issue(REPORT, CLOCK(), name), CLOCK()).name == name


def test_rows_of_one_form_differ_by_content_and_reports_by_form() -> None:
    one, other = (TOKENS.read(REPORT, TOKENS.issue(REPORT, CLOCK()), CLOCK()) for _ in range(2))
    assert one.row_id(b"a" * 32) == one.row_id(b"a" * 32)
    assert len({one.row_id(b"a" * 32), one.row_id(b"b" * 32), other.row_id(b"a" * 32), one.report_id()}) == 4
    assert one.report_id() != other.report_id()
    assert repr(one.name) not in repr(one)


@given(position=st.integers(0, TOKEN_BYTES * 8 - 1))
def test_a_token_with_any_bit_changed_is_not_ours(position: int) -> None:
    token = TOKENS.issue(REPORT, CLOCK())
    raw = bytearray(base64.urlsafe_b64decode(token + "=="))
    raw[position // 8] ^= 1 << position % 8
    changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    assert not TOKENS.read(REPORT, changed, CLOCK()).ours


@given(st.text(max_size=120))
def test_whatever_is_no_token_is_not_ours(text: str) -> None:
    assert not TOKENS.read(REPORT, text, CLOCK()).ours


@pytest.mark.parametrize("strange", [" ", "\n", "!", "+", "/"])
def test_a_token_is_not_read_past_strange_characters(strange: str) -> None:
    token = TOKENS.issue(REPORT, CLOCK())
    assert not TOKENS.read(REPORT, token[:9] + strange * 4 + token[9:], CLOCK()).ours


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "A" * 400])
def test_what_is_no_token_is_neither_ours_nor_fresh_and_has_a_name_of_its_own(text: str) -> None:
    first, second = (TOKENS.read(REPORT, text, CLOCK()) for _ in range(2))
    assert (first.ours, first.fresh) == (False, False)
    assert first.name != second.name
