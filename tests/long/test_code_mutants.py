"""Faults in the modules that hold security rules: each is noticed by the module's own tests, or was reviewed.

What was reviewed is tried in every run, whether or not the sample holds it, so that the list stays true.

Why not mutmut or cosmic-ray: neither takes a sample with a seed inside a bound on time, nor a list of reviewed
survivors with reasons; mutmut 3 leaves out properties and code outside functions and wants a copy of the tree;
cosmic-ray changes files in place and starts Python anew for each fault. Ours forks: 60 faults take 5 to 60 seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.long.code_mutants import mutants
from tests.long.mutant_run import path_of
from tests.long.mutation_plan import FEWER, PER_MODULE, SEED, TESTS

pytestmark = pytest.mark.long

REVIEWED: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("equivalent_mutants.toml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled modules, so that each mutant compiles only its own."""
    return tmp_path_factory.mktemp("bytecode")


def run(module: str, bytecode: Path) -> dict[str, Any]:
    request = {
        "module": module,
        "tests": TESTS[module],
        "count": FEWER.get(module, PER_MODULE),
        "seed": SEED,
        "also": list(REVIEWED.get(module, {})),
        "bytecode": str(bytecode),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.long.mutant_run"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, f"the tests of {module} fail without any mutant:\n{done.stdout}\n{done.stderr}"
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", list(TESTS))
def test_the_modules_own_tests_notice_its_faults(module: str, bytecode: Path) -> None:
    fates = run(module, bytecode)["fates"]
    survivors = {name for name, fate in fates.items() if fate == "survived"} - REVIEWED.get(module, {}).keys()
    assert not survivors, f"no test of {module} notices:\n" + "\n".join(sorted(survivors))
    noticed = {name for name in REVIEWED.get(module, {}) if fates.get(name) == "caught"}
    assert not noticed, f"tests of {module} notice these after all; take them off the list:\n" + "\n".join(
        sorted(noticed)
    )


@pytest.mark.parametrize("module", list(REVIEWED))
def test_a_reviewed_mutant_still_exists_and_has_a_reason(module: str) -> None:
    names = {mutant.name for mutant in mutants(path_of(module).read_text(encoding="utf-8"))}
    assert REVIEWED[module].keys() <= names
    assert all(len(reason) > 10 for reason in REVIEWED[module].values())
