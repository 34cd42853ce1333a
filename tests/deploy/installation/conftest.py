from __future__ import annotations

import pytest

from deploy.installation.placing import Placed


@pytest.fixture
def as_myself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files be put in place without becoming those of another user."""

    def put(file: Placed) -> None:
        file.target.parent.mkdir(parents=True, exist_ok=True)
        file.target.write_bytes(file.content)

    monkeypatch.setattr(Placed, "put", put)
