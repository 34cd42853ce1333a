"""Sizes of the case log, in bytes unless the name says otherwise, each with its reason."""

from keys.sealing.limits import KIB, MIB

HEAD_EVERY = 16
"""Leaves between two heads: a head does not tell how many of its leaves are filler."""

LEAF_BYTES = 64 * KIB
"""One leaf: a case with all its ``COMMITMENTS``, or a disposition with a decoy's proof."""

COMMITMENTS_STEP = 16
"""A case's leaf has a multiple of this many commitments: a case with one attachment looks like one with five."""

COMMITMENTS = 768
"""Commitments of one case: fields, attachments, reports, leads; their hex fits a leaf."""

REASON_BYTES = 200
"""Why a row was closed: a phrase, which every lead can read."""

FIELD_BYTES = 64 * KIB
"""One field of a case; the summary is the longest."""

VALUE_BYTES = FIELD_BYTES
"""A value to which a leaf commits."""

CASE_JSON_BYTES = 4 * MIB
"""case.json: every field at its longest, and the list of attachments."""

DISCLOSURE_BYTES = 16 * MIB
"""disclosure.json: the values of case.json again, with their salts."""

CUSTODY_BYTES = 16 * MIB
"""custody.jsonl: some 50,000 entries."""

ATTACHMENTS = 500
"""Attachments of one case: ten full submissions of one report."""

REPORTS = 200
"""Evidence reports of one case; a leaf commits to each, beside fields, attachments and leads."""

SIGNATURES_BYTES = 64 * KIB
"""A note with its signatures: reviewers' on one package, a desk's and leads' on one head."""

PACKAGES = 1000
"""Packages in one delivery."""

LEAVES_BYTES = 256 * MIB
"""Leaves in one delivery: about a million; they are held in memory."""

COSIGNED_BYTES = 4 * MIB
"""Older heads in a delivery, the newest that each lead co-signed: some thousand leads."""
