"""Case packages: what goes in comes out, and nothing else does."""

from __future__ import annotations

import gzip
import io
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from caselog.case_record import Form
from caselog.package import (
    CasePackage,
    needed_for,
    sign_package,
    write_package,
)
from caselog.package_reader import OpenPackage, Trust, read_package
from keys.sealing.errors import FormatError, KhomoError, SignatureError
from keys.sealing.notes import VerifyKey
from keys.sealing.public_bundle import Policy
from tests.caselog.package_forge import (
    GATE,
    NOTE,
    RECORD,
    REPORT,
    SIGNERS,
    TAGS,
    VECTORS,
    WITH_A_REVIEWER,
    WITHOUT_A_REVIEWER,
    every,
    made,
    with_a_reviewer,
    with_other_tags,
    without_a_reviewer,
)
from tests.caselog.world import (
    DAY,
    FIELDS,
    ONE_SIGNATURE,
    TWO_SIGNATURES,
    DeskOf,
    attachment_of,
    custody,
    file_of,
    key,
    trust,
    written,
)
from tests.keys.sealing.vectors import vectors

if TYPE_CHECKING:
    from pathlib import Path


def opened(data: bytes, policy: Policy = ONE_SIGNATURE) -> OpenPackage:
    return read_package(io.BytesIO(data), trust(policy))


def test_what_is_written_is_read() -> None:
    package = opened(written(made(), SIGNERS), TWO_SIGNATURES)
    assert package.record == RECORD
    assert package.custody == tuple(custody())
    assert package.open_attachment("gate.png").read() == bytes(range(256)) * 2000
    assert package.reports == ("exiftool.json",)
    assert package.open_report("exiftool.json").read() == b"{}"
    assert [signer.name for signer in package.signers] == ["reviewer/ann", "reviewer/ben"]
    package.read_everything()


def test_padding_that_is_not_empty_is_noticed_when_everything_is_read() -> None:
    data = bytearray(written(made(), SIGNERS))
    descriptor = data.rindex(b"PK\x07\x08")
    data[descriptor - 1] = 1
    package = opened(bytes(data), TWO_SIGNATURES)
    with pytest.raises(FormatError):
        package.read_everything()


def test_what_stays_at_the_desk_is_not_in_it() -> None:
    data = written(made())
    assert b"for the desk only" not in data
    assert {item.name for item in opened(data).disclosed} == {
        *("case", "field/title", "field/summary", "field/may_see"),
        *("attachment/gate.png", "attachment/100%.txt", "custody", "report/exiftool.json"),
    }


def test_a_package_without_attachments_is_a_package() -> None:
    record = replace(RECORD, attachments=())
    package = CasePackage.of(DeskOf().commit(record), record)
    assert opened(written(package)).record == record


def test_stock_tools_check_the_bag(tmp_path: Path) -> None:
    record = replace(RECORD, attachments=(attachment_of(GATE),))
    package = CasePackage.of(
        DeskOf().commit(record, custody=custody(), reports=[REPORT]), record, custody(), [GATE], [REPORT]
    )
    (tmp_path / "p.zip").write_bytes(written(package))
    subprocess.run(["unzip", "-q", "p.zip"], check=True, cwd=tmp_path)
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--quiet", "--strict", "-c", name], check=True, cwd=tmp_path)


# --- what the builder refuses -------------------------------------------------------------------------------------


def test_the_desk_cannot_disclose_what_it_did_not_commit_to() -> None:
    committed = DeskOf().commit(replace(RECORD, fields={**FIELDS, "title": "other"}))
    with pytest.raises(FormatError, match="discloses"):
        CasePackage.of(committed, RECORD, attachments=[GATE, NOTE])
    with pytest.raises(KeyError):
        CasePackage.of(DeskOf().commit(replace(RECORD, attachments=())), RECORD, attachments=[GATE, NOTE])
    with pytest.raises(FormatError, match="discloses"):
        CasePackage.of(DeskOf().commit(RECORD), RECORD, custody(), [GATE, NOTE])
    with pytest.raises(KeyError):
        CasePackage.of(DeskOf().commit(RECORD), RECORD, attachments=[GATE, NOTE], reports=[REPORT])


def test_attachments_are_those_of_the_record() -> None:
    for attachments in ([], [NOTE, GATE], [GATE, file_of("100%.txt", b"y")], [GATE, NOTE, REPORT]):
        with pytest.raises(FormatError, match="attachments"):
            CasePackage.of(DeskOf().commit(RECORD), RECORD, attachments=attachments)


@pytest.mark.parametrize("names", [["a", "A"], ["../a"], [f"{n}" for n in range(201)]], ids=len)
def test_reports_have_safe_and_different_names(names: list[str]) -> None:
    reports = [file_of(name, b"") for name in names]
    committed = DeskOf().commit(RECORD, reports=reports)
    with pytest.raises(FormatError, match="reports"):
        CasePackage.of(committed, RECORD, attachments=[GATE, NOTE], reports=reports)


def test_a_reviewer_whom_the_leaf_does_not_name_cannot_sign() -> None:
    with pytest.raises(FormatError, match="reviewer/cy"):
        sign_package(made(), [key("reviewer/cy")])


def test_a_file_that_changed_since_it_was_signed_is_not_written() -> None:
    package = made()
    changed = replace(GATE, open=lambda: io.BytesIO(b"other"))
    with pytest.raises(FormatError, match=r"gate\.png"):
        write_package(replace(package, attachments=(changed, NOTE)), b"", lambda _: None)


# --- signatures ---------------------------------------------------------------------------------------------------


def test_fewer_signatures_than_the_policy_asks_are_refused() -> None:
    with pytest.raises(SignatureError, match="2"):
        opened(written(made(), ["ann"]), TWO_SIGNATURES)


def test_one_reviewer_under_two_names_is_one() -> None:
    twin = replace(
        trust(TWO_SIGNATURES), reviewers=(*trust().reviewers, replace(key("reviewer/ann").verify_key, name="x"))
    )
    with pytest.raises(SignatureError):
        read_package(io.BytesIO(written(made(), ["ann"])), twin)


def test_a_signature_by_somebody_else_is_refused() -> None:
    package = made(signers=("stranger",))
    with pytest.raises(SignatureError):
        opened(written(package, ["stranger"]))


@pytest.mark.parametrize("raw_files", [True, False])
@pytest.mark.parametrize("signers", [["ann"], ["ann", "ben"]])
def test_a_file_as_it_came_needs_two_signatures_and_the_policy(signers: list[str], *, raw_files: bool) -> None:
    record = replace(RECORD, attachments=(attachment_of(GATE, Form.ORIGINAL), attachment_of(NOTE)))
    package = made(record)
    assert needed_for(record) == 2
    assert needed_for(RECORD) == 1
    data, policy = written(package, signers), Policy(raw_files=raw_files)
    if raw_files and len(signers) == 2:
        assert opened(data, policy).record == record
    else:
        with pytest.raises(SignatureError):
            opened(data, policy)


# --- forgeries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", WITHOUT_A_REVIEWER)
@pytest.mark.parametrize("manifests", ["as they were", "made again"])
def test_nobody_but_the_reviewers_can_change_anything(how: str, manifests: str) -> None:
    data = without_a_reviewer(how, manifests_again=manifests == "made again")
    with pytest.raises(KhomoError):
        opened(data).read_everything()


@pytest.mark.parametrize("how", WITH_A_REVIEWER)
def test_a_single_reviewer_cannot_go_against_the_log(how: str) -> None:
    with pytest.raises(KhomoError):
        opened(with_a_reviewer(how)).read_everything()


@pytest.mark.parametrize("how", TAGS)
def test_tags_have_one_form_even_if_a_reviewer_signs(how: str) -> None:
    with pytest.raises(FormatError):
        opened(with_other_tags(how))


@vectors("case-package", "accept")
def test_right_vectors_are_read(path: Path) -> None:
    keys = [VerifyKey.parse(line) for line in (VECTORS / "reviewers.txt").read_text().splitlines()]
    trusted = Trust(tuple(keys), TWO_SIGNATURES if "two" in path.name else ONE_SIGNATURE)
    read_package(io.BytesIO(gzip.decompress(path.read_bytes())), trusted).read_everything()


@vectors("case-package", "refuse-signed", "refuse-unsigned")
def test_wrong_vectors_are_refused(path: Path) -> None:
    with pytest.raises(KhomoError):
        opened(gzip.decompress(path.read_bytes())).read_everything()


def test_every_way_of_being_wrong_has_its_vector() -> None:
    names = {f"{path.parent.name}/{path.name}" for path in VECTORS.rglob("*.gz")}
    assert names == {name.replace(",", "").replace(" ", "-") + ".zip.gz" for name, _ in every()}


def test_a_package_for_one_lead_tells_nothing_of_what_another_is_told() -> None:
    desk = DeskOf()
    everything = replace(RECORD, fields={**FIELDS, "victims": "three families"})
    committed = desk.commit(everything, leads=("anna", "bo"))
    less = replace(RECORD, attachments=(attachment_of(NOTE),))
    data = written(CasePackage.of(committed, less, attachments=[NOTE]))
    assert b"three families" not in data
    assert b"gate.png" not in data
    assert opened(data).leaf == committed.leaf
    assert DAY.isoformat().encode() not in data
