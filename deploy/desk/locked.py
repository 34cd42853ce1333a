"""Which packages of a lock a Python of Debian's needs.

pip reads the conditions of a lock for the Python that it runs with, also where it is told to fetch for another. So the
conditions are read here, and what pip gets has none: names, versions and hashes.
"""

from __future__ import annotations

from dataclasses import dataclass

from packaging.requirements import Requirement

from deploy.desk.launch import tree_name

GLIBC = 36
"""Of Debian 12: a library that wants a newer one than 2.36 is not taken."""
_OLDEST_GLIBC = 5


@dataclass(frozen=True)
class Python:
    """One that is built for: its version in full, as Debian has it."""

    major: int
    minor: int
    micro: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def short(self) -> tuple[int, int]:
        """The part of the version that libraries are built for."""
        return self.major, self.minor

    @property
    def name(self) -> str:
        """What its tree is called."""
        return tree_name(self.short)

    def conditions(self) -> dict[str, str]:
        """Return what a lock's conditions are read with."""
        full = f"{self.major}.{self.minor}.{self.micro}"
        return {
            "implementation_name": "cpython",
            "implementation_version": full,
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": full,
            "python_version": str(self),
            "sys_platform": "linux",
        }

    def pip_words(self) -> list[str]:
        """Return what tells pip to take packages for this Python and Debian's C library, ready to be used."""
        newest_first = range(GLIBC, _OLDEST_GLIBC - 1, -1)
        platforms = [
            *(f"manylinux_2_{minor}" for minor in newest_first),
            "manylinux2014",
            "manylinux2010",
            "manylinux1",
        ]
        return [
            *("--only-binary", ":all:", "--implementation", "cp", "--python-version", str(self)),
            *(word for abi in (f"cp{self.major}{self.minor}", "abi3", "none") for word in ("--abi", abi)),
            *(word for name in platforms for word in ("--platform", f"{name}_x86_64")),
        ]


PYTHONS = (Python(3, 11, 2), Python(3, 13, 5))


def needed(lock: str, python: Python) -> str:
    """Return the lines of a lock for one Python: its packages with their hashes, and no conditions."""
    lines: list[str] = []
    wanted = False
    for line in lock.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith(" "):
            lines += [line] if wanted else []
            continue
        package = Requirement(line.removesuffix("\\").strip())
        wanted = package.marker is None or package.marker.evaluate(dict(python.conditions()))
        lines += [f"{package.name}{package.specifier} \\"] if wanted else []
    return "\n".join(lines) + "\n"
