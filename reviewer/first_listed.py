"""Which bundle named a row first: what a source said last must not depend on which stick was damaged.

Rules:
1. Rows carry no time; their order is that of the bundles that named them first. So a row that did not come through
   whole, or that stayed at the server because its file was damaged, belongs to the bundle that named it, not to the
   later one that brought it.
2. What nobody has acknowledged is named by every later bundle: the look back ends at the first one that names none.
3. The bundles of a server before and after it was restored are looked through alike, whether it got a new key or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from keys.sealing.manifest import Manifest
from reviewer.trust import servers_ever
from reviewer.vault.rows import BundleRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session


def first_listed(rows: Session, manifest: Manifest, before: int, unknown: Collection[str]) -> dict[str, int]:
    """Return the first bundle that named a row, of those rows that one before this bundle named.

    Args:
        rows: of the vault.
        manifest: of the bundle that brings them.
        before: what the vault calls it.
        unknown: ids of rows that are not in the vault yet, in hex.
    """
    signers = {manifest.chain.signer} | ({manifest.resumes.chain.signer} if manifest.resumes else set())
    of_it = or_(*(BundleRow.chain.startswith(f"{signer} ", autoescape=True) for signer in signers))
    earlier = select(BundleRow.id).where(BundleRow.id < before, of_it).order_by(BundleRow.id.desc())
    servers, sought, first = servers_ever(rows), set(unknown), dict[str, int]()
    for bundle_id in rows.scalars(earlier).all():
        if not sought:
            break
        named = Manifest.from_note(rows.get_one(BundleRow, bundle_id).manifest, servers)
        sought &= {blob.id for blob in named.blobs} | set(named.left_out)
        first |= dict.fromkeys(sought, bundle_id)
    return first
