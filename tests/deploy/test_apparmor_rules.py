"""The judge of profiles refuses what the kernel would refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.deploy.apparmor_rules import Deed, Profile, deeds

if TYPE_CHECKING:
    from pathlib import Path

RULES = """\
include <tunables/all>
profile door {
  include <abstractions/few>
  /srv/store/ rw,
  /srv/store/** rwkl,
  /srv/store/*.lock rw,
  deny /srv/store/secret/** rw,
  owner @{HOMES}/*/.door{,-new} r,
  /srv/bin/door rix,
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    home = tmp_path / "etc/apparmor.d"
    for name, text in {
        "door": RULES,
        "tunables/all": "@{HOMES}=/home/ /srv/homes\n",
        "abstractions/few": "  /usr/lib/*.so* mr,\n",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "srv/store/deep").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "did", "refused"),
    [
        ("/srv/store/deep/file", "rw", []),
        ("/srv/store", "r", []),
        ("/srv", "r", ["r /srv/"]),
        ("/srv/store/secret/key", "r", ["r /srv/store/secret/key"]),
        ("/srv/storehouse", "r", ["r /srv/storehouse"]),
        ("/lib/libc.so.6", "m", []),
        ("/lib/libc.so.6", "w", ["w /usr/lib/libc.so.6"]),
        ("/lib/deep/libc.so.6", "m", ["m /usr/lib/deep/libc.so.6"]),
        ("/home/door/.door", "r", []),
        ("/srv/homes/door/.door-new", "r", []),
        ("/home/door/.doors", "r", ["r /home/door/.doors"]),
        ("/srv/bin/door", "x", []),
        ("/srv/store/../bin/door", "x", []),
        ("/bin/sh", "x", ["x /bin/sh"]),
        ("/proc/self/stat", "r", ["r /proc/1/stat"]),
    ],
)
def test_a_deed_is_judged_as_the_kernel_would(root: Path, path: str, did: str, refused: list[str]) -> None:
    assert Profile(root, "door").refused({Deed(path, did)}) == refused


def test_what_strace_wrote_is_read_from_the_start_of_the_program_on(root: Path) -> None:
    trace = f"""\
7 openat(AT_FDCWD</>, "/etc/shadow", O_RDONLY) = 3</etc/shadow>
7 execve("/srv/bin/door", ["door"], 0x7ffd /* 9 vars */) = 0
7 openat(AT_FDCWD</>, "/srv/store/new", O_WRONLY|O_CREAT|O_EXCL, 0600) = 4<{root}/srv/store/new>
7 openat(AT_FDCWD</>, "/etc/missing", O_RDONLY) = -1 ENOENT (No such file or directory)
7 openat(5<{root}/srv/store>, "inner", O_RDWR|O_CLOEXEC) = 6<{root}/srv/store/inner>
7 unlinkat(5<{root}/srv/store>, "old", 0) = 0
7 link("/srv/store/a", "/srv/store/b") = 0
7 mmap(NULL, 4096, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3<{root}/usr/lib/libc.so.6>, 0) = 0x7f
7 utimensat(6<{root}/srv/store/times>, NULL, [], 0) = 0
8 connect(9<UNIX-STREAM:[1]>, {{sa_family=AF_UNIX, sun_path="/run/tor"}}, 11) = 0
8 newfstatat(AT_FDCWD</>, "/root", 0x7ffc, 0) = 0
"""
    assert deeds(trace, root, "/srv/bin/door") == {
        Deed("/srv/bin/door", "x"),
        Deed("/srv/store/new", "w"),
        Deed("/srv/store/inner", "rw"),
        Deed("/srv/store/old", "w"),
        Deed("/srv/store/b", "l"),
        Deed("/srv/store/times", "w"),
        Deed("/usr/lib/libc.so.6", "m"),
        Deed("/run/tor", "w"),
    }
