"""The filter on calls of the kernel, tried from inside the room."""

from __future__ import annotations

import io
import platform

import pytest

from reviewer.sandbox import seccomp
from reviewer.sandbox.bubblewrap import Job, run
from reviewer.sandbox.errors import SandboxError
from reviewer.sandbox.seccomp import kernel_filter

EPERM, ENOSYS = 1, 38
NEW_USER = 0x10000000
CALLS = {
    "x86_64": {"add_key": 248, "ptrace": 101, "bpf": 321, "io_uring_setup": 425, "unshare": 272, "setns": 308,
               "userfaultfd": 323, "perf_event_open": 298, "keyctl": 250, "mount": 165, "fsopen": 430, "socket": 41,
               "clone": 56, "clone3": 435, "ioctl": 16},
    "aarch64": {"add_key": 217, "ptrace": 117, "bpf": 280, "io_uring_setup": 425, "unshare": 97, "setns": 268,
                "userfaultfd": 282, "perf_event_open": 241, "keyctl": 219, "mount": 40, "fsopen": 430, "socket": 198,
                "clone": 220, "clone3": 435, "ioctl": 29},
}[platform.machine()]  # fmt: skip


def errno_of(call: str, *arguments: int) -> int:
    """Make a call in the room; returns its error's number, 0 if it went through."""
    code = (
        "import ctypes; c = ctypes.CDLL(None, use_errno=True).syscall; c.restype = ctypes.c_long;"
        f"print(ctypes.get_errno() if c(*map(ctypes.c_long, {(CALLS[call], *arguments)!r})) < 0 else 0)"
    )
    pieces: list[bytes] = []
    run(Job(("/usr/bin/python3", "-I", "-c", code), most=1000), io.BytesIO(), pieces.append)
    return int(b"".join(pieces))


@pytest.mark.parametrize(
    "call",
    ["add_key", "keyctl", "ptrace", "bpf", "io_uring_setup", "unshare", "setns", "userfaultfd", "perf_event_open",
     "mount", "fsopen"],
)  # fmt: skip
def test_calls_that_nobody_needs_are_refused(call: str) -> None:
    assert errno_of(call, 0, 0, 0, 0, 0) == EPERM


@pytest.mark.parametrize("family", [2, 10, 16, 17, 38, 40])
def test_no_socket_is_had_but_a_local_one(family: int) -> None:
    assert errno_of("socket", family, 1, 0) == EPERM
    assert errno_of("socket", 1, 1, 0) == 0


def test_no_namespace_is_had_by_any_way() -> None:
    assert errno_of("clone", NEW_USER | 17, 0, 0, 0, 0) == EPERM
    assert errno_of("clone3", 0, 0) == ENOSYS


@pytest.mark.parametrize("request_number", [0x5412, 0x541C])
def test_nothing_can_be_typed_into_a_terminal(request_number: int) -> None:
    assert errno_of("ioctl", 0, request_number, 0) == EPERM


def test_without_libseccomp_there_is_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "_LIBRARY", "libseccomp-that-is-not-here.so")
    kernel_filter.cache_clear()
    with pytest.raises(SandboxError, match="Install libseccomp2"):
        kernel_filter()


def test_a_rule_that_libseccomp_refuses_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "_rules", lambda: [seccomp._Rule("socket", comparison=(99, 1, 1, 0))])
    kernel_filter.cache_clear()
    with pytest.raises(SandboxError, match="refuses the rule for socket"):
        kernel_filter()


def test_a_call_that_an_older_libseccomp_has_not_heard_of_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "_rules", lambda: [seccomp._Rule("call_of_tomorrow"), seccomp._Rule("bpf")])
    kernel_filter.cache_clear()
    assert len(kernel_filter()) % 8 == 0
    kernel_filter.cache_clear()
