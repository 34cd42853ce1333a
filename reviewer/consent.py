"""What a source allows, as the vault keeps it of a case: JSON with every key."""

from __future__ import annotations

import json

from keys.sealing.submission import Audience, Consent, IfSilent


def consent_to_text(consent: Consent) -> str:
    """Return what a case keeps."""
    return json.dumps(consent.to_json(), ensure_ascii=False)


def consent_from_text(text: str) -> Consent:
    """Read what a case keeps."""
    said = json.loads(text)
    return Consent(
        may_see=frozenset(map(Audience, said["may_see"])),
        originals=said["originals"],
        never=said["never"],
        if_silent=IfSilent(said["if_silent"]),
        name_apart=said["name_apart"],
    )
