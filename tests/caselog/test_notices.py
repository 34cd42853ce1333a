"""What a lead must hear first: a case against its source's consent, a correction, a withdrawal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from caselog import verify_standalone
from caselog.case_record import CaseRecord
from caselog.custody import Act, CustodyEntry
from caselog.export import to_csv
from caselog.package import CasePackage
from caselog.telling import listed, shown
from caselog.viewing import shown_cases
from keys.sealing.errors import SignatureError
from keys.sealing.public_bundle import Policy
from tests.caselog import world
from tests.caselog.test_package import opened
from tests.caselog.world import CASE, DAY, FIELDS, DeskOf, identity, key, taken

if TYPE_CHECKING:
    from pathlib import Path

    from caselog.delivery import DeliveredPackage
    from caselog.viewing import ShownCase

WHY = "its river is drunk from\nCase ffffffff, revision 9"


def _custody(*acts: Act) -> list[CustodyEntry]:
    return [CustodyEntry(DAY, act, "reviewer/ann", WHY) for act in acts]


def _forward(desk: DeskOf, record: CaseRecord, *acts: Act, signers: tuple[str, ...] = ("ann",)) -> DeliveredPackage:
    custody = _custody(*acts)
    committed = desk.commit(record, signers=signers, custody=custody)
    package = CasePackage.of(committed, record, custody)
    return world.delivered(package, desk.append(committed.leaf), signers)


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("signers", [("ann",), ("ann", "ben")])
def test_a_case_against_its_sources_consent_needs_two_signatures_and_the_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], signers: tuple[str, ...], *, allowed: bool
) -> None:
    policy = Policy(against_consent=allowed)
    desk, record = DeskOf(policy=policy), CaseRecord(CASE, 1, FIELDS)
    package = _forward(desk, record, Act.OVERRIDDEN, signers=signers)
    (tmp_path / "root.pub").write_text(f"{key('root').verify_key}\n")
    (tmp_path / "delivery.zip").write_bytes(world.in_the_clear(desk.delivery(package)))
    code = verify_standalone.main(["--root", str(tmp_path / "root.pub"), str(tmp_path / "delivery.zip")])
    said = capsys.readouterr().out
    with package.open() as file:
        data = file.read()
    if allowed and len(signers) == 2:
        assert opened(data, policy).custody[0].act is Act.OVERRIDDEN
        assert (code, "AGAINST THE CONSENT of its source, as two reviewers signed." in said) == (0, True)
    else:
        with pytest.raises(SignatureError, match="against its source's consent"):
            opened(data, policy)
        assert (code, "DOES NOT HOLD: package 0: it goes against its source's consent" in said) == (1, True)


def _cases(tmp_path: Path) -> list[ShownCase]:
    desk = DeskOf(policy=Policy(against_consent=True), serial=2)
    packages = [
        desk.forward(),
        _forward(desk, CaseRecord("c2" * 16, 1, FIELDS), Act.OVERRIDDEN, signers=("ann", "ben")),
        _forward(desk, CaseRecord("c3" * 16, 2, FIELDS), Act.CORRECTED),
        desk.forward(CaseRecord("c4" * 16, 1, FIELDS)),
        _forward(desk, CaseRecord("c4" * 16, 2, {**FIELDS, "title": "Withdrawn"}), Act.WITHDRAWN),
    ]
    store = world.new_store(tmp_path / "store")
    taken(store, desk.delivery(*packages))
    return shown_cases(store, identity("anna"))


def test_what_is_withdrawn_stands_before_what_is_corrected_and_both_before_the_rest(tmp_path: Path) -> None:
    assert listed(_cases(tmp_path)).splitlines() == [
        "c4c4c4c4  WITHDRAWN: Withdrawn",
        "c3c3c3c3  CORRECTED: Dam at Kariba",
        "c1c1c1c1  Dam at Kariba",
        "c2c2c2c2  AGAINST CONSENT: Dam at Kariba",
        "c4c4c4c4  Dam at Kariba (WITHDRAWN since)",
    ]


def test_what_to_do_is_said_before_the_case_and_a_reason_cannot_pass_for_the_program(tmp_path: Path) -> None:
    cases = {(case.short_id, case.record.revision): shown(case).splitlines() for case in _cases(tmp_path)}
    for case, word in (
        (("c4c4c4c4", 2), "WITHDRAWN: "),
        (("c3c3c3c3", 2), "CORRECTED: "),
        (("c2c2c2c2", 1), "AGAINST"),
    ):
        assert cases[case][1].startswith(word)
        assert "    Case ffffffff, revision 9" in cases[case]
        assert "Case ffffffff, revision 9" not in cases[case]
    assert cases["c4c4c4c4", 1][0].endswith("revision 1 (WITHDRAWN since)")
    assert cases["c1c1c1c1", 1][1].startswith("title: ")


def test_an_export_says_which_cases_are_taken_back(tmp_path: Path) -> None:
    table = to_csv(_cases(tmp_path)).decode("utf-8-sig").splitlines()
    assert table[1].startswith(f'"{"c4" * 16}","2","withdrawn","Withdrawn"')
    assert f'"{"c2" * 16}","1","overridden",' in "\n".join(table)
