"""The verifier in one file: runs alone, and refuses what the reader refuses."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from caselog import verify_standalone
from caselog.case_record import CaseRecord, Form
from caselog.merkle import leaf_hash, root
from caselog.package import CasePackage, manifest, statement
from keys.sealing.notes import sign_document
from keys.sealing.public_bundle import Policy
from tests.caselog import package_forge, test_importing, world
from tests.caselog.world import CASE, FIELDS, DeskOf, file_of, key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from caselog.delivery import Delivery


@pytest.fixture
def root_file(tmp_path: Path) -> Path:
    path = tmp_path / "root.pub"
    path.write_text(f"{key('root').verify_key}\n")
    return path


def check(root_file: Path, data: bytes, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    (root_file.parent / "delivery.zip").write_bytes(data)
    code = verify_standalone.main(["--root", str(root_file), str(root_file.parent / "delivery.zip")])
    return code, capsys.readouterr().out


def a_delivery() -> Delivery:
    desk = DeskOf()
    desk.forward(leads=["bo"])
    return desk.delivery(desk.forward(files=[file_of("100%.png", bytes(300_000))]))


def test_it_runs_alone(root_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    shutil.copy(str(verify_standalone.__file__), folder / "v.py")
    (tmp_path / "delivery.zip").write_bytes(world.in_the_clear(a_delivery()))
    show = "import runpy, sys; sys.argv[1:] = sys.argv[2:]\ntry: runpy.run_path('v.py', run_name='__main__')\n"
    ours = "{'keys', 'caselog', 'cryptography', 'click'}"
    show += f"finally: print({{name.partition('.')[0] for name in sys.modules}} & {ours})"
    command = [sys.executable, "-P", "-c", show, "v.py", "--root", str(root_file), str(tmp_path / "delivery.zip")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["Everything holds.", "set()"]


def test_it_says_what_holds(root_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = check(root_file, world.in_the_clear(a_delivery()), capsys)
    assert code == 0
    for expected in (
        "The public bundle of Open Harbour, serial 1, is signed by the root.",
        "Delivery 1 to anna is signed by desk/main.",
        "32 leaves from number 0 came along and give its root.",
        "Cases that they address to anna: 16.",
        "Package 16, case c1c1c1c1: signed by reviewer/ann; whole",
    ):
        assert expected in text


def test_it_says_when_earlier_leaves_are_needed(root_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = DeskOf()
    early = desk.forward()
    desk.forward(CaseRecord("c2" * 16, 1, FIELDS))
    code, text = check(root_file, world.in_the_clear(desk.delivery(early, first=16)), capsys)
    assert (code, "16 leaves from number 16 came along; its root needs the earlier ones too." in text) == (0, True)


@pytest.mark.parametrize("how", test_importing.TAMPERED)
def test_it_refuses_a_delivery_that_was_tampered_with(
    root_file: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    desk = DeskOf()
    data = test_importing.rewritten(world.in_the_clear(desk.delivery(desk.forward())), test_importing.TAMPERED[how])
    code, text = check(root_file, data, capsys)
    assert (code, "DOES NOT HOLD" in text) == (1, True)


def forged(change: Callable[[dict[str, bytes]], object], *, signed: bool = True) -> bytes:
    """Let the desk deliver a package that was changed, with or without a reviewer's signature."""
    desk = DeskOf()
    record = CaseRecord(
        CASE, 1, FIELDS, (world.attachment_of(package_forge.GATE), world.attachment_of(package_forge.NOTE))
    )
    committed = desk.commit(record, signers=("ann", "ben"), custody=world.custody(), reports=[package_forge.REPORT])
    package = CasePackage.of(
        committed, record, world.custody(), [package_forge.GATE, package_forge.NOTE], [package_forge.REPORT]
    )
    members = package_forge.members_of(world.written(package))
    change(members)
    data = package_forge.made_again(members) if signed else package_forge.zipped(members)
    return world.in_the_clear(desk.delivery(world.delivered_bytes(data, desk.append(committed.leaf))))


@pytest.mark.parametrize("how", list(package_forge.WITHOUT_A_REVIEWER))
def test_it_refuses_a_package_that_no_reviewer_signed_so(
    root_file: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    code, text = check(root_file, forged(package_forge.WITHOUT_A_REVIEWER[how], signed=False), capsys)
    assert (code, "DOES NOT HOLD" in text) == (1, True)


@pytest.mark.parametrize("how", list(package_forge.WITH_A_REVIEWER))
def test_it_refuses_what_the_reader_refuses_though_a_reviewer_has_signed_it(
    root_file: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    code, text = check(root_file, forged(package_forge.WITH_A_REVIEWER[how]), capsys)
    assert (code, "DOES NOT HOLD" in text) == (1, True)


def test_it_refuses_what_the_desk_signed_wrongly(root_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = DeskOf()
    delivery = desk.delivery(desk.forward())
    desk.forward()
    wrong = [
        test_importing.signed_anew(delivery, lambda body: body.update(desk="desk/other")),
        test_importing.signed_anew(delivery, lambda body: body.update(size=17)),
        world.in_the_clear(replace(delivery, checkpoint=desk.checkpoint)),
        test_importing.signed_anew(delivery, lambda body: body["files"].pop()),
        world.in_the_clear(replace(delivery, public_bundle=world.bundle_note(world.public_bundle(lost=True)))),
        b"no zip",
    ]
    for data in wrong:
        assert check(root_file, data, capsys)[0] == 1


def test_it_refuses_two_files_of_one_name(root_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("delivery.note", b"")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("delivery.note", b"")
    assert "one name" in check(root_file, data.getvalue(), capsys)[1]


def test_it_refuses_a_note_of_another_kind(root_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = world.note_body(world.bundle_note(world.public_bundle()))
    note = sign_document("letter", 1, body, [key("root")])
    delivery = replace(DeskOf().delivery(), public_bundle=note)
    assert "is not a khomo/public-bundle/v1" in check(root_file, world.in_the_clear(delivery), capsys)[1]


def test_it_refuses_the_package_of_another_leaf(root_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = DeskOf()
    package = desk.forward()
    desk.forward()
    data = world.in_the_clear(desk.delivery(replace(package, leaf=16)))
    assert "its leaf is not the one in the log" in check(root_file, data, capsys)[1]


@pytest.mark.parametrize("how", list(package_forge.TAGS))
def test_it_refuses_another_tag_manifest(root_file: Path, capsys: pytest.CaptureFixture[str], how: str) -> None:
    def change(members: dict[str, bytes]) -> None:
        package_forge.TAGS[how](members)
        if not how.startswith("tag manifest"):
            tags = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
            digests = {path: hashlib.sha256(members[path]).hexdigest() for path in tags}
            members["tagmanifest-sha256.txt"] = manifest(digests)
        body = statement(members["tagmanifest-sha256.txt"])
        members["signatures.note"] = sign_document("case-package", 1, body, [key("reviewer/ann")])

    assert "DOES NOT HOLD" in check(root_file, forged(change, signed=False), capsys)[1]


def test_it_refuses_what_is_no_root_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "root.pub"
    for text in ("root", "root+00000000+AAAA", "root+xx+!!"):
        path.write_text(text)
        assert check(path, b"", capsys)[0] == 1


@pytest.mark.parametrize(
    ("start", "how"),
    [
        (b"age-encryption.org/v1\n", "still sealed. Open it first: age -d -i identity.txt -o delivery.zip"),
        (b"-----BEGIN PGP MESSAGE-----\n", "still encrypted. Open it first: gpg -o delivery.zip -d"),
        (b"\x85\x01\x0c\x03", "gpg -o delivery.zip -d"),
    ],
)
def test_it_says_how_to_open_a_delivery_that_is_still_sealed(
    root_file: Path, capsys: pytest.CaptureFixture[str], start: bytes, how: str
) -> None:
    code, said = check(root_file, start, capsys)
    assert (code, how in said) == (1, True)


@pytest.mark.parametrize("missing", ["root.pub", "delivery.zip"])
def test_it_says_which_file_is_not_there(root_file: Path, capsys: pytest.CaptureFixture[str], missing: str) -> None:
    given = {name: root_file.parent / name for name in ("root.pub", "delivery.zip")}
    given["delivery.zip"].write_bytes(b"")
    given[missing].unlink()
    assert verify_standalone.main(["--root", str(given["root.pub"]), str(given["delivery.zip"])]) == 1
    said = capsys.readouterr().out
    assert f"{given[missing]} is not there" in said
    assert "Errno" not in said


@pytest.mark.parametrize("size", [*range(20), 31, 32, 33])
def test_its_tree_is_ours(size: int) -> None:
    leaves = [bytes([number]) for number in range(size)]
    assert verify_standalone.tree_root(leaves) == root(map(leaf_hash, leaves))


@pytest.mark.parametrize("raw_files", [True, False])
@pytest.mark.parametrize("signers", [["ann"], ["ann", "ben"]])
def test_a_file_as_it_came_needs_two_signatures_and_the_policy(
    root_file: Path, capsys: pytest.CaptureFixture[str], signers: list[str], *, raw_files: bool
) -> None:
    desk = DeskOf(policy=Policy(raw_files=raw_files))
    file = file_of("a.png", b"as it came")
    record = CaseRecord(CASE, 1, FIELDS, (world.attachment_of(file, Form.ORIGINAL),))
    committed = desk.commit(record, signers=signers)
    package = world.delivered(CasePackage.of(committed, record, (), [file]), desk.append(committed.leaf), signers)
    code, text = check(root_file, world.in_the_clear(desk.delivery(package)), capsys)
    assert (code, "DOES NOT HOLD" in text) == ((0, False) if raw_files and len(signers) == 2 else (1, True))


def test_it_names_cases_of_which_no_package_came(root_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = DeskOf()
    desk.forward()
    came = desk.forward(CaseRecord("c2" * 16, 1, FIELDS))
    desk.forward(CaseRecord("c3" * 16, 1, FIELDS))
    code, text = check(root_file, world.in_the_clear(desk.delivery(came)), capsys)
    assert code == 0
    assert "MISSING unless an earlier delivery brought them: packages of leaves 0, 32." in text


def test_it_refuses_a_package_that_the_log_does_not_address(
    root_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = DeskOf()
    data = world.in_the_clear(desk.delivery(desk.forward(leads=["bo"])))
    assert "does not address it to anna" in check(root_file, data, capsys)[1]
