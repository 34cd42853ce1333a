from __future__ import annotations

import pytest

from keys.sealing.errors import ChainError, FormatError, KhomoError, SignatureError


@pytest.mark.parametrize("kind", [FormatError, SignatureError, ChainError])
def test_errors_say_what_happened_and_what_to_do(kind: type[KhomoError]) -> None:
    error = kind("It is broken.", "Mend it.")
    assert isinstance(error, KhomoError)
    assert (error.message, error.remedy) == ("It is broken.", "Mend it.")
    assert str(error) == "It is broken. Mend it."


def test_an_error_without_a_remedy_ends_with_its_message() -> None:
    assert str(KhomoError("It is broken.")) == "It is broken."
