"""What ``config.example.toml`` says to sources, for the operator to replace. Pure.

Rules:
1. Such a text is refused as long as it is the sample: with or without the word "Example" before it, in other spacing
   or case, and with one word changed. People risk something on what they read there, so nothing stays by oversight.
2. Days and languages are no texts: nobody can tell whether Monday is the sample or true.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

EXAMPLE_ABOUT = (
    "We are five civil-society groups. We check reports about abuse of power, and we protect the people who make them."
)
SAMPLES = {
    "about": EXAMPLE_ABOUT,
    "honest_belief": (
        "Example: The law protects you if you believe that what you say is true, even if it turns out to be wrong. "
        "It does not protect a lie."
    ),
    "safe_authorities": "Example: The ombudsman must not give your name to the office that you report.",
    "unsafe_authorities": "Example: Reports to the anti-fraud hotline were passed on to ministers last year.",
    "note": "Example: Free, Monday to Friday from 8 to 17, in English and Chichewa.",
}
"""By the key of the configuration."""

ALIKE = 0.9
"""Share of words in common, in their order, from which a text counts as the sample: one word of ten or more changed."""

_WORD = re.compile(r"\w+")
_MARK = "example"


def is_sample(key: str, text: str) -> bool:
    """Tell whether a text is still the sample of its key, or as good as."""
    words = _words(text)
    likeness = SequenceMatcher(None, words, _words(SAMPLES[key]), autojunk=False).ratio()
    return text.casefold().lstrip().startswith(_MARK) or likeness >= ALIKE


def _words(text: str) -> list[str]:
    words = _WORD.findall(text.casefold())
    return words[1:] if words[:1] == [_MARK] else words
