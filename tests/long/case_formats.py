"""Formats of what leads receive: packages, leaves, heads, deliveries."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

from caselog.case_record import CaseRecord
from caselog.checkpoint import read_checkpoint
from caselog.custody import custody_from_bytes, custody_to_bytes
from caselog.delivery_reader import read_delivery
from caselog.errors import CaseLogError
from caselog.leaves import FillerLeaf, leaf_from_bytes, leaf_to_bytes
from caselog.package import CasePackage
from caselog.package_reader import read_package
from keys.sealing.errors import FormatError
from keys.sealing.notes import add_signature
from tests.caselog import world
from tests.caselog.package_forge import members_of
from tests.long.file_mutants import damaged, damaged_json
from tests.long.format_table import (
    HANDED_OVER,
    ONE_MEMBER,
    SIGNED,
    Format,
    Promise,
    body_of,
    repacked,
    signed_again,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caselog.delivery import DeliveredPackage


def cases() -> Iterator[Format]:
    """Yield a package, what is in it, and what brings it."""
    desk = world.DeskOf()
    file = world.file_of("gate.png", b"\x89PNG" * 50)
    record = CaseRecord(world.CASE, 1, world.FIELDS, (world.attachment_of(file),))
    committed = desk.commit(record, custody=world.custody())
    case = CasePackage.of(committed, record, world.custody(), [file])
    whole = world.written(case)
    yield Format("case-package", Promise.SEALED, (whole,), _package, SIGNED)
    members = members_of(whole)
    for name in sorted(members):
        yield Format(
            f"case-package-{name}",
            Promise.SEALED,
            (members[name],),
            _package,
            SIGNED,
            damaged_json if name.endswith(".json") else damaged,
            partial(repacked, members, name),
            files=ONE_MEMBER,
        )
    yield Format(
        "case.json",
        Promise.ONE_SPELLING,
        (members["data/case.json"],),
        lambda data: CaseRecord.from_json(data).to_json(),
        damage=damaged_json,
    )
    yield Format(
        "custody.jsonl",
        Promise.ONE_SPELLING,
        (members["data/custody.jsonl"] * 2,),
        lambda data: custody_to_bytes(custody_from_bytes(data)),
    )
    leaves = (leaf_to_bytes(committed.leaf), leaf_to_bytes(FillerLeaf.draw()))
    yield Format(
        "leaf", Promise.ONE_SPELLING, leaves, lambda data: leaf_to_bytes(leaf_from_bytes(data)), damage=damaged_json
    )
    yield from _deliveries(desk, world.delivered_bytes(whole, desk.append(committed.leaf)))


def _package(data: bytes) -> object:
    package = read_package(io.BytesIO(data), world.trust())
    package.read_everything()
    attachments = [package.open_attachment(one.name).read() for one in package.record.attachments]
    return package.record, package.leaf_data, package.disclosed, package.custody, package.signers, attachments


def _deliveries(desk: world.DeskOf, package: DeliveredPackage) -> Iterator[Format]:
    whole = world.in_the_clear(desk.delivery(package))
    key = desk.key
    heads = (desk.checkpoint, add_signature(desk.checkpoint, world.key("lead/anna")))
    yield Format(
        "checkpoint", Promise.SEALED, heads, lambda data: read_checkpoint(data, key.verify_key).checkpoint, SIGNED
    )
    yield Format("delivery", Promise.SEALED, (whole,), _delivery, HANDED_OVER)
    members = members_of(whole)
    for name in sorted(set(members) - {"delivery.note"}):
        yield Format(
            f"delivery-{name}",
            Promise.SEALED,
            (members[name],),
            _delivery,
            HANDED_OVER,
            wrap=partial(repacked, members, name),
            files=ONE_MEMBER,
        )
    signed = signed_again("case-delivery", key)
    yield Format(
        "delivery-by-a-desk",
        Promise.OUTER,
        (body_of(members["delivery.note"]),),
        _delivery,
        HANDED_OVER,
        damaged_json,
        lambda data: repacked(members, "delivery.note", signed(data)),
    )


def _delivery(data: bytes) -> object:
    bundle = world.public_bundle()
    opened = read_delivery(io.BytesIO(data), world.key("root").verify_key, (bundle, world.bundle_note(bundle)), "anna")
    try:
        packages = [opened.open_package(leaf).read() for leaf in sorted(opened.packages)]
    except FormatError as error:
        raise CaseLogError(str(error)) from error
    return opened.note, opened.desk, opened.bundle, opened.leaves, opened.head.checkpoint, packages
