"""Leads read who is accused from a severity on, and below it not even that somebody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from caselog.case_record import CaseRecord
from reviewer.cases import history
from reviewer.commands import main
from reviewer.errors import ReviewerError
from reviewer.forwarding import Wish, forward
from reviewer.keyring import reviewer_key
from reviewer.triage import Decision, decide
from reviewer.values import Severity
from reviewer.vault.log_rows import ForwardRow
from tests.reviewer.organisation import NO_RISK, answered

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation

PEOPLE = (
    ("accused", "Works at the lake"),
    ("accused", "Head of works"),
    ("victim", "victimcanary"),
    ("contact", "contactcanary"),
)


@pytest.fixture
def accused(org: Organisation, desk: Vault, carry: Carry, lead: Lead) -> Vault:
    """Case 1 has people in it; its source says that somebody is in danger."""
    org.report("text", answers=answered(danger="yes"))
    carry()
    with desk.change() as change:
        decide(change, 1, Decision(severity=Severity.MEDIUM, add_people=PEOPLE, place="placecanary"))
    return desk


def run(desk: Vault, *words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], obj=desk)


def record(desk: Vault, severity: Severity) -> tuple[dict[str, str], bytes]:
    """Forward case 1; returns the fields that leads get, and the whole record."""
    with desk.change() as change:
        decide(change, 1, Decision(severity=severity))
    with desk.look() as rows:
        number = forward(desk, 1, Wish(("anna",), "Waste", "Waste.", risks=NO_RISK), reviewer_key(desk)).forward
        made = rows.get_one(ForwardRow, number).record
    return dict(CaseRecord.from_json(made).fields), made


@pytest.mark.parametrize(
    ("chosen", "named_from"),
    [(None, Severity.HIGH), ("danger", Severity.DANGER), ("unset", Severity.UNSET), ("never", 9)],
)
def test_the_accused_are_in_a_package_from_a_severity_on_and_others_never(
    accused: Vault, chosen: str | None, named_from: int
) -> None:
    if chosen is not None:
        assert run(accused, "profile", "--accused-from", chosen).exit_code == 0
    for severity in Severity:
        fields, made = record(accused, severity)
        assert fields.get("perpetrator") == ("Head of works; Works at the lake" if severity >= named_from else None)
        assert b"canary" not in made
        assert (b"Head of" in made) is (severity >= named_from)


def test_no_field_of_a_wish_walks_around_the_line(accused: Vault) -> None:
    with pytest.raises(ReviewerError, match="The desk itself says what stands in perpetrator"):
        forward(accused, 1, Wish(("anna",), "t", "s", {"perpetrator": "Head of works"}), reviewer_key(accused))


def test_forwarding_and_closing_remind_of_what_is_owed_and_refuse_nothing(accused: Vault) -> None:
    answers = [word for name, answer in NO_RISK.items() for word in ("--risk", f"{name}={answer}")]
    going = run(accused, "forward", 1, "--to", "anna", "--title", "t", "--summary", "s", *answers, "--yes")
    run(accused, "show", 1)
    ended = run(accused, "triage", 1, "--status", "closed", "--reason", "done")
    for said in (going, ended):
        assert "ATTENTION: people may be in danger in case 1, and of their list is still open:" in said.stderr
        assert "who-could-guess:" in said.stderr
        assert said.exit_code == 0


def test_what_binds_the_desk_is_shown_and_chosen(accused: Vault, tmp_path: Path) -> None:
    shown = run(accused, "profile").stdout.splitlines()
    assert shown[0] == "Profile: eu-2019-1937"
    assert "within 7 days, by Directive (EU) 2019/1937, Articles 9(1)(b) and 11(2)(b)" in shown[1]
    assert shown[3] == "The accused are named to leads from severity high on."
    assert "no clock" in run(accused, "profile", "none").stdout
    statute = tmp_path / "statute.toml"
    statute.write_text('version = 1\nname = "ours"\nfeedback = { months = 1, source = "Ours, 5" }\n')
    assert "within 1 month, by Ours, 5" in run(accused, "profile", "--file", statute).stdout
    statute.write_text("version = 9")
    assert "must say: version = 1" in run(accused, "profile", "--file", statute).stderr
    assert run(accused, "profile", "none", "--file", statute).exit_code == 2
    run(accused, "profile", "--accused-from", "never")
    run(accused, "profile", "--accused-from", "never")
    assert '"accused_from":"never"' in run(accused, "profile", "--json").stdout.replace(" ", "")
    assert "never named to leads" in run(accused, "profile").stdout
    with accused.look() as rows:
        assert [act.act for act, _values in history(rows, None)].count("accused from") == 1


def test_triage_on_the_command_line_is_undone_there(accused: Vault) -> None:
    wish: tuple[Any, ...] = (
        "--person",
        "witness",
        "B. C.",
        "--when",
        "2026-10",
        "--urgency",
        "now",
        "--care",
        "safe-now",
    )
    changed = run(accused, "triage", 1, *wish)
    assert changed.stdout.startswith("Changed: care safe-now, urgency, when, when precision, witness B. C..")
    assert run(accused, "triage", 1, "--undo", "--urgency", "now").exit_code == 2
    assert run(accused, "triage", 1, "--undo").stdout.startswith("Set back: care safe-now, urgency, when")
    assert run(accused, "triage", 1, "--person", "king", "B.").exit_code == 2
    assert run(accused, "triage", 1, "--reliability", "B", "--seen", 0).exit_code == 0
    assert "since you looked" in run(accused, "triage", 1, "--reliability", "", "--seen", 0).stderr
    assert run(accused, "triage", 1, "--reliability", "").exit_code == 0
    assert "1" in run(accused, "list", "--role", "victim", "--due", "soon", "--json").stdout
