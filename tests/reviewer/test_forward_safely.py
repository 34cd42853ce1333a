"""Before a case leaves: consent and its override, what could lead to the source, fields withheld, the last page."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from caselog.custody import Act
from caselog.telling import listed
from caselog.telling import shown as told_lead
from caselog.viewing import shown_cases
from keys.sealing.age import SeekableOpening
from keys.sealing.errors import KhomoError
from keys.sealing.letter import EntryKind
from keys.sealing.submission import Audience, Consent
from reviewer import leads, risks
from reviewer.cases import history
from reviewer.commands import main
from reviewer.errors import RefusedError, ReviewerError
from reviewer.forwarding import Wish, forward, plan_forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.last_page_words import last_page
from reviewer.mailboxes import write_off
from reviewer.overrides import Override
from reviewer.packages import sign_again
from reviewer.sending import send
from reviewer.trust import public_bundle
from reviewer.vault.log_rows import DisclosureRow, ForwardRow
from reviewer.vault.rows import EntryRow, MailboxRow
from tests.reviewer.lead import Lead
from tests.reviewer.organisation import NO_RISK, SAFE, Source

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.letter import Letter
    from keys.sealing.notes import SigningKey
    from reviewer.sending import Sent
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Amend, Carry
    from tests.reviewer.organisation import Organisation

WHY = "people drink from this river today"
OVERRIDE = Override(WHY)


@pytest.fixture
def source(org: Organisation, carry: Carry) -> Source:
    """Case 1: its source allows a lawyer, and nobody else."""
    source = Source()
    consent = Consent(frozenset({Audience.LAWYER}), originals=True)
    text = "They open the gate at night, and the night guard looks away."
    org.report(text, files=[("my name is Chisomo.txt", b"raw")], mailbox=source.slip, consent=consent)
    carry()
    return source


@pytest.fixture
def counsel(org: Organisation, desk: Vault, tmp_path: Path) -> Lead:
    """A lead whom the source allowed."""
    return _lead(org, desk, tmp_path, "counsel", Audience.LAWYER)


@dataclass
class Round:
    """What of case 1 leaves, and what its source reads then."""

    org: Organisation
    desk: Vault
    source: Source
    carry: Carry
    folder: Path

    def send(self) -> Sent:
        return _send(self.desk, self.folder)

    def letter(self, sent: Sent) -> Letter:
        return self.source.read(self.org.read_desk_bundle(sent.bundle.path), self.org)

    def lose(self, ground: str, amend: Amend) -> None:
        """Take away what a signed override stands on."""
        with self.desk.look() as rows:
            first, *_others = public_bundle(rows).reviewers
        if ground == "retired":
            amend(reviewers=(first,))
        elif ground == "policy":
            amend(policy={"against_consent": False})
        elif ground == "narrowed":
            self.org.report("nobody, please", mailbox=self.source.slip, consent=Consent(frozenset()))
            self.carry()
        else:
            with self.desk.change() as change:
                box = change.rows.get_one(MailboxRow, bytes(self.source.address))
                if ground == "disputed":
                    box.disputed = True
                elif ground == "no key":
                    box.recipient = "age1pq1nonsense"
                else:
                    write_off(change, self.source.address)


@pytest.fixture
def round_(org: Organisation, desk: Vault, source: Source, carry: Carry, tmp_path: Path) -> Round:
    return Round(org, desk, source, carry, tmp_path)


def _lead(org: Organisation, desk: Vault, folder: Path, name: str, audience: Audience) -> Lead:
    made = Lead(name, org, folder)
    with desk.change() as change:
        leads.add_lead(change, made.card, audience)
    return made


def wish_for(*names: str, **more: Any) -> Wish:
    return Wish(names or ("anna",), "Waste in the river", "A plant lets waste out.", **{"risks": NO_RISK, **more})


def _forward(desk: Vault, wish: Wish) -> Any:
    return forward(desk, 1, wish, reviewer_key(desk))


def _send(desk: Vault, tmp_path: Path) -> Sent:
    (tmp_path / "stick").mkdir(exist_ok=True)
    return send(desk, tmp_path / "stick", no_progress)


def clear(lead: Lead, sent: Sent) -> bytes:
    [path] = [path for path in sent.files if f"to-lead-{lead.card.name}" in path.name]
    with path.open("rb") as file:
        return SeekableOpening(file, [lead.identity]).readall()


def _prepared(desk: Vault) -> int:
    with desk.look() as rows:
        return rows.scalar(select(func.count()).select_from(ForwardRow)) or 0


def _acts(desk: Vault) -> dict[str, str | None]:
    with desk.look() as rows:
        values = [value for act, values in history(rows, 1) if act.act == "forward" for value in values]
        return {value.field: value.after for value in values}


# --- against consent ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("lead", "source", "yusuf")
def test_a_policy_that_says_nothing_of_it_forbids_what_goes_against_consent(desk: Vault) -> None:
    with pytest.raises(RefusedError, match="policy does not allow that a case goes against its source's consent"):
        _forward(desk, wish_for(override=OVERRIDE, more_signers=("yusuf",)))
    assert _prepared(desk) == 0


@pytest.mark.usefixtures("lead", "source", "yusuf")
def test_nobody_alone_and_nobody_without_a_reason_goes_against_consent(desk: Vault, amend: Amend) -> None:
    amend(policy={"against_consent": True})
    two: dict[str, Any] = {"more_signers": ("yusuf",)}
    for more, complaint in (
        ({}, "did not allow that the coalition's leads"),
        ({"override": OVERRIDE}, "needs 2 signatures"),
        ({"override": OVERRIDE, "more_signers": ("amina",)}, "needs 2 signatures"),
        ({"override": OVERRIDE, "more_signers": ("amina", "amina")}, "needs 2 signatures"),
        ({"override": OVERRIDE, "more_signers": ("eve",)}, "No reviewer 'eve'"),
        ({"override": Override(" \t "), **two}, "A reason has 1 to 500"),
        ({"override": Override("one\ntwo"), **two}, "on one line"),
        ({"override": Override("why\u202e"), **two}, "printable"),
        ({"override": Override("x" * 501), **two}, "A reason has 1 to 500"),
        ({"override": Override(WHY, "x" * 30_000), **two}, "too long for a letter"),
    ):
        with pytest.raises(KhomoError, match=complaint):
            _forward(desk, wish_for(**more))
    assert _prepared(desk) == 0


def test_what_goes_against_consent_is_told_to_the_lead_and_with_the_same_outbox_to_the_source(
    round_: Round, desk: Vault, lead: Lead, yusuf: SigningKey, amend: Amend
) -> None:
    amend(policy={"against_consent": True})
    signed = _forward(desk, wish_for(override=OVERRIDE, more_signers=("yusuf",)))
    assert signed.missing == (yusuf.name,)
    with desk.look() as rows:
        assert rows.scalars(select(EntryRow.kind)).all() == [EntryKind.RECEIPT], "nobody is told before it goes"
    assert sign_again(desk, signed.forward, yusuf).is_complete
    sent = round_.send()
    lead.take(sent)
    went, notice = round_.letter(sent).entries[-2:]
    assert (went.kind, went.audiences) == (EntryKind.FORWARDED, frozenset({Audience.LEADS}))
    assert notice.kind == EntryKind.NOTICE
    assert notice.text == (
        "We passed your report on to: the coalition's leads. You had not allowed that. Two of us decided it, and both "
        f"signed. Our reason: {WHY}"
    )
    [case] = shown_cases(lead.store, lead.identity)
    assert listed([case]).split("  ")[1].startswith("AGAINST CONSENT: Waste")
    assert "AGAINST THE SOURCE'S CONSENT" in told_lead(case).splitlines()[1]
    entry = case.entry(Act.OVERRIDDEN)
    assert entry is not None
    assert entry.what == f"not allowed by its source: the coalition's leads. Why it goes all the same: {WHY}"
    assert (case.record.fields["may_see"], len(case.signers)) == ("lawyer", 2)
    acts = _acts(desk)
    assert (acts["against consent"], acts["not allowed"]) == (WHY, "leads")


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize("how", ["retired", "policy", "written off", "disputed", "no key", "narrowed"])
def test_a_signed_override_does_not_leave_once_one_of_its_grounds_is_gone(
    round_: Round, counsel: Lead, yusuf: SigningKey, amend: Amend, how: str
) -> None:
    amend(policy={"against_consent": True})
    signed = _forward(round_.desk, wish_for("anna", "counsel", override=OVERRIDE, more_signers=("yusuf",)))
    assert sign_again(round_.desk, signed.forward, yusuf).is_complete
    round_.lose(how, amend)
    sent = round_.send()
    assert (sent.appended.cases, sent.appended.held) == (0, (1,))
    assert b"Waste in the river" not in clear(counsel, sent)


@pytest.mark.usefixtures("lead", "source")
def test_a_reviewer_who_was_retired_does_not_sign(desk: Vault, yusuf: SigningKey, amend: Amend) -> None:
    amend(policy={"against_consent": True})
    signed = _forward(desk, wish_for(override=OVERRIDE, more_signers=("yusuf",)))
    with desk.look() as rows:
        first, *_others = public_bundle(rows).reviewers
    amend(reviewers=(first,))
    with pytest.raises(RefusedError, match="no reviewer of the public bundle any more"):
        sign_again(desk, signed.forward, yusuf)


@pytest.mark.usefixtures("yusuf", "lead")
def test_a_source_that_cannot_be_told_is_not_passed_over(
    org: Organisation, desk: Vault, amend: Amend, carry: Carry
) -> None:
    org.report("without a box", consent=Consent(frozenset({Audience.LAWYER})))
    carry()
    amend(policy={"against_consent": True})
    with pytest.raises(RefusedError, match="no box in which it could read"):
        _forward(desk, wish_for(override=OVERRIDE, more_signers=("yusuf",)))


@pytest.mark.usefixtures("source", "yusuf")
def test_an_override_is_for_nothing_else_than_who_may_see_it(desk: Vault, counsel: Lead, amend: Amend) -> None:
    amend(policy={"against_consent": True, "raw_files": False})
    with pytest.raises(ReviewerError, match="source allowed that all of these leads"):
        _forward(desk, wish_for(counsel.card.name, override=OVERRIDE, more_signers=("yusuf",)))
    wish = wish_for("counsel", originals=(1,), more_signers=("yusuf",))
    with pytest.raises(RefusedError, match="policy does not allow files as they came"):
        _forward(desk, wish)


# --- what could lead to the source ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("source", "counsel")
def test_every_question_is_answered_before_anything_is_prepared(desk: Vault) -> None:
    for answers, complaint in (
        ({}, "Nobody has said yet .*: holders, marks, dots, handwriting, wording, metadata, place-time"),
        ({**NO_RISK, "marks": "no way"}, "marks is not answered with 'no way'"),
        ({**NO_RISK, "holders": ""}, "holders is not answered with ''"),
        ({**NO_RISK, "colour": "no"}, "There is no question 'colour'"),
        ({name: answer for name, answer in NO_RISK.items() if name != "dots"}, "Nobody has said yet .*: dots"),
    ):
        with pytest.raises(ReviewerError, match=complaint):
            _forward(desk, wish_for("counsel", risks=answers))
    assert _prepared(desk) == 0


@pytest.mark.usefixtures("source", "counsel")
def test_of_few_holders_no_file_goes_unless_somebody_says_why(desk: Vault, tmp_path: Path) -> None:
    made = tmp_path / "typed.txt"
    made.write_bytes(b"typed anew")
    few = {**NO_RISK, "holders": "few"}
    for holders, why in (("few", ""), ("few", "  "), ("unknown", "")):
        with pytest.raises(RefusedError, match=f"Holders: {holders}. A file that few people had leads to the source"):
            _forward(desk, wish_for("counsel", risks={**few, "holders": holders}, made_files=(made,), files_why=why))
    with pytest.raises(ReviewerError, match="at most 500 characters"):
        _forward(desk, wish_for("counsel", risks=few, made_files=(made,), files_why="x" * 501))
    with pytest.raises(ReviewerError, match="is for a case of few holders with files"):
        _forward(desk, wish_for("counsel", made_files=(made,), files_why="habit"))
    with pytest.raises(ReviewerError, match="is for a case of few holders with files"):
        _forward(desk, wish_for("counsel", risks=few, files_why="habit"))
    assert _forward(desk, wish_for("counsel", risks=few)).is_complete
    assert _forward(desk, wish_for("counsel", risks=few, made_files=(made,), files_why="a court asked")).is_complete
    acts = _acts(desk)
    assert (acts["risk holders"], acts["files in spite of few holders"]) == ("few", "a court asked")
    assert {name for name in acts if name.startswith("risk ")} == {f"risk {name}" for name in NO_RISK}


def test_every_answer_but_the_safe_one_brings_advice() -> None:
    for question in risks.QUESTIONS:
        safe, *others = question.answers
        assert list(risks.warnings({**NO_RISK, question.name: safe})) == []
        for answer in others:
            assert list(risks.warnings({**NO_RISK, question.name: answer})) == [(question, answer)]


# --- fields that a lead is not told ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("source")
def test_a_lead_learns_neither_a_withheld_field_nor_that_another_was_told_it(
    org: Organisation, desk: Vault, counsel: Lead, tmp_path: Path
) -> None:
    other = _lead(org, desk, tmp_path, "barrister", Audience.LAWYER)
    wish = wish_for(
        "counsel", "barrister", fields={"place": "Kilonda mill"}, withheld={"counsel": frozenset({"place"})}
    )
    _forward(desk, wish)
    sent = _send(desk, tmp_path)
    less, more = clear(counsel, sent), clear(other, sent)
    assert b"Kilonda mill" in more
    assert b"Kilonda mill" not in less
    assert b"field/place" not in less
    assert b"barrister" not in less
    assert [len(lead.take(sent).new_packages) for lead in (counsel, other)] == [1, 1]
    [case] = shown_cases(counsel.store, counsel.identity)
    assert "place" not in case.record.fields


@pytest.mark.usefixtures("source", "counsel")
def test_what_a_lead_is_never_told_is_withheld_until_that_is_changed(desk: Vault) -> None:
    with desk.change() as change:
        assert leads.choose_withheld(change, "counsel", ("language", "language", "place")) == ("language", "place")
    with desk.change() as change, pytest.raises(ReviewerError, match="Every lead is told title"):
        leads.choose_withheld(change, "counsel", ("title",))
    with desk.change() as change, pytest.raises(ReviewerError, match="no field 'colour'"):
        leads.choose_withheld(change, "counsel", ("colour",))
    page = plan_forward(desk, 1, wish_for("counsel", fields={"place": "Kilonda"}), reviewer_key(desk).name).page
    assert page.shares[0].withheld == ("language", "place")
    assert not {"language", "place"} & page.record.fields.keys(), "what nobody is told is not committed to either"
    with desk.change() as change:
        leads.choose_withheld(change, "counsel", ())
    page = plan_forward(desk, 1, wish_for("counsel", fields={"place": "Kilonda"}), reviewer_key(desk).name).page
    assert page.shares[0].withheld == ()


@pytest.mark.usefixtures("source", "counsel")
def test_a_slip_in_what_is_withheld_is_no_leak(desk: Vault) -> None:
    for lead, field, complaint in (
        ("anna", "place", "withheld from anna, to whom nothing goes"),
        ("counsel", "may_see", "Every lead is told may_see"),
        ("counsel", "plcae", "no field 'plcae'"),
    ):
        with pytest.raises(ReviewerError, match=complaint):
            _forward(desk, wish_for("counsel", withheld={lead: frozenset({field})}))
    assert _prepared(desk) == 0


# --- the last page ---------------------------------------------------------------------------------------------------


def _page(desk: Vault, wish: Wish) -> list[str]:
    return list(last_page(plan_forward(desk, 1, wish, reviewer_key(desk).name).page))


@pytest.mark.usefixtures("source", "counsel")
def test_the_last_page_shows_what_each_lead_gets_and_writes_nothing(desk: Vault, tmp_path: Path) -> None:
    at_rest = sorted((desk.folder / "attachments").iterdir())
    made = tmp_path / "typed.txt"
    made.write_bytes(b"typed anew")
    wish = wish_for("counsel", fields={"place": "Kilonda\n--- anna gets ---"}, made_files=(made,))
    lines = _page(desk, replace(wish, withheld={"counsel": frozenset({"language"})}))
    assert lines[:2] == ["=== Case 1, revision 1: this is what leaves ===", "--- counsel (a lawyer) gets ---"]
    assert "    \u2502 Waste in the river" in lines
    assert "    \u2502 --- anna gets ---" in lines, "a field cannot pass for the program"
    assert "  withheld from this lead: language" in lines
    assert "  typed.txt: made anew, by your word, 10 bytes" in lines
    assert "Signed by: harbour/reviewer/amina" in lines
    assert "The source reads, after the next outbox: it went to a lawyer." in lines
    assert _prepared(desk) == 0
    assert sorted((desk.folder / "attachments").iterdir()) == at_rest


@pytest.mark.usefixtures("source", "counsel")
def test_words_of_the_source_are_shown_however_they_are_typed(desk: Vault) -> None:
    told = "ATTENTION: these words stand in what the source sent. Say it in your own words:"
    for words, is_echo in (
        ("It is said: THEY OPEN the g\u00e1te \u200bat night, and so on.", True),
        ("They - open; the (gate)", True),
        ("They, open ! the gates of a mill", False),
        ("Somebody opens a gate at night.", False),
        ("see my name is chisomo.txt", True),
    ):
        assert (told in _page(desk, Wish(("counsel",), "Waste", words, risks=NO_RISK))) == is_echo


@pytest.mark.usefixtures("source", "counsel")
def test_what_changed_since_it_was_shown_is_not_prepared(
    desk: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "typed.txt"
    made.write_bytes(b"typed anew")
    wish, key = wish_for("counsel", made_files=(made,)), reviewer_key(desk)
    page = plan_forward(desk, 1, wish, key.name).page
    made.write_bytes(b"typed once more")
    with pytest.raises(ReviewerError, match="Something changed since it was shown"):
        forward(desk, 1, wish, key, page)
    monkeypatch.setattr("reviewer.going_files._measure", lambda _path: (page.files[0].sha256, page.files[0].size))
    with pytest.raises(ReviewerError, match=r"typed.txt changed since it was shown"):
        forward(desk, 1, wish, key, page)
    assert _prepared(desk) == 0


def run(desk: Vault, *arguments: object, code: int = 0, stdin: str = "") -> Any:
    done = CliRunner().invoke(main, list(map(str, arguments)), obj=desk, input=stdin)
    assert done.exit_code == code, done.output
    return done


@pytest.mark.usefixtures("source", "counsel", "lead", "yusuf")
def test_the_command_shows_the_last_page_and_asks(desk: Vault, amend: Amend, tmp_path: Path) -> None:
    told = ("forward", 1, "--to", "counsel", "--title", "Waste", "--summary", "Waste is let out.")
    refused = run(desk, *told, "--yes", code=4).stderr
    assert "--risk holders=many|few|unknown --risk marks=no|yes|unknown" in refused.replace("\n", " ")
    answers = SAFE[:-1]
    page = json.loads(run(desk, *told, *answers, "--dry-run", "--json").stdout)
    assert page["leads"][0]["name"] == "counsel"
    assert page["source_reads"] == {"audiences": ["lawyer"], "can": True, "text": ""}
    assert "=== Case 1, revision 1: this is what leaves ===" in run(desk, *told, *answers, "--dry-run").stdout
    asked = run(desk, *told, *answers, code=4, stdin="n\n")
    assert "Does exactly this leave, to these leads? [y/N]" in asked.stderr
    assert _prepared(desk) == 0
    assert "Number 1, for counsel." in run(desk, *told, *answers, "--withhold", "counsel:language", stdin="y\n").stdout
    for options, said in (
        (("--withhold", "language"), "written LEAD:FIELD"),
        (("--risk", "marks"), "written NAME=ANSWER"),
        (("--tell-source", _text(tmp_path, "told", "Hello.")), "goes with --against-consent"),
    ):
        assert said in run(desk, *told, *SAFE, *options, code=2).stderr.replace("\n", " ")
    amend(policy={"against_consent": True})
    against = (
        "--against-consent",
        _text(tmp_path, "why", f"{WHY}\n"),
        "--tell-source",
        _text(tmp_path, "say", "Pardon."),
    )
    run(desk, "forward", 1, "--to", "anna", *told[4:], *SAFE, *against, "--signer", "yusuf")
    shown = run(desk, "sign", 2, code=1, stdin="n\n").stdout
    assert "ATTENTION: AGAINST THE SOURCE'S CONSENT. Sign only if you would decide so yourself:" in shown
    assert "\u2502 Pardon." in shown
    assert WHY in shown.replace("\n    \u2502 ", " ")


@pytest.mark.usefixtures("source", "counsel")
def test_at_a_terminal_each_question_is_asked_in_words(desk: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.forward_commands.is_typed", lambda: True)
    told = ("forward", 1, "--to", "counsel", "--title", "Waste", "--summary", "Waste.", "--risk", "dots=yes", "--yes")
    answers = ["perhaps", *(answer for name, answer in NO_RISK.items() if name != "dots")]
    asked = run(desk, *told, stdin="".join(f"{answer}\n" for answer in answers))
    for question in risks.QUESTIONS:
        assert (question.asks in asked.stderr) == (question.name != "dots")
    assert _acts(desk)["risk dots"] == "yes"
    assert _acts(desk)["risk holders"] == "many"


def _text(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.usefixtures("source", "counsel")
def test_the_command_says_what_a_lead_is_never_told(desk: Vault) -> None:
    said = run(desk, "leads", "withhold", "counsel", "language", "place").stdout
    assert said == "counsel is never told: language, place\n"
    assert said in run(desk, "leads", "list").stdout
    assert json.loads(run(desk, "leads", "list", "--json").stdout)[0]["withheld"] == ["language", "place"]
    assert run(desk, "leads", "withhold", "counsel").stdout == "counsel is told every field.\n"


@pytest.mark.usefixtures("source", "counsel")
def test_leads_who_are_told_the_same_get_one_package(org: Organisation, desk: Vault, tmp_path: Path) -> None:
    _lead(org, desk, tmp_path, "barrister", Audience.LAWYER)
    _lead(org, desk, tmp_path, "clerk", Audience.LAWYER)
    _forward(desk, wish_for("counsel", "barrister", "clerk", withheld={"clerk": frozenset({"language"})}))
    with desk.look() as rows:
        assert sorted(rows.scalars(select(DisclosureRow.withheld))) == ["", "language"]
