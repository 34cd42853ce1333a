from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
SCRIPT = Path(__file__).with_name("through_a_pipe.py")


def test_one_gibibyte_goes_through_without_the_process_growing() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "1024"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2048
