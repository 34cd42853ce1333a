"""Which calls of the kernel the sandbox does without: written by libseccomp, which every Debian has (apt needs it).

What is refused: other families of sockets than local ones, new namespaces and mounts, looking into other processes,
the kernel's key ring, programs in the kernel, io_uring, typing into a terminal, and memory that no limit of a process
counts. That is the list of Flatpak, and more.
What is left is what programs of every day need, so that the same filter serves the next version of GnuPG too.
"""

from __future__ import annotations

import ctypes
import errno
import os
from dataclasses import dataclass
from functools import cache

from reviewer.sandbox.errors import SandboxError

_LIBRARY = "libseccomp.so.2"
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_UNKNOWN = 0x00050000 | errno.ENOSYS
_NOT_EQUAL, _MASKED_EQUAL, _EQUAL = 1, 7, 4
_LOCAL = 1
"""AF_UNIX."""
_NEW_NAMESPACES = 0x7E020080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME."""
_TERMINAL_TYPING = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX."""

_REFUSED = (
    *("add_key", "request_key", "keyctl"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise"),
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("mount", "umount", "umount2", "pivot_root", "chroot", "mount_setattr", "move_mount", "open_tree"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "unshare", "setns"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    *("swapon", "swapoff", "sethostname", "setdomainname", "acct", "quotactl", "quotactl_fd"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "iopl", "ioperm", "modify_ldt"),
    *("open_by_handle_at", "name_to_handle_at", "lookup_dcookie", "fanotify_init"),
    *("memfd_create", "memfd_secret", "shmget", "shmat", "semget", "msgget", "mq_open"),
    *("syslog", "vhangup", "migrate_pages", "move_pages", "mbind", "set_mempolicy"),
)


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


@dataclass(frozen=True, slots=True)
class _Rule:
    call: str
    action: int = _REFUSE
    comparison: tuple[int, int, int, int] | None = None


def _rules() -> list[_Rule]:
    return [
        *(_Rule(call) for call in _REFUSED),
        _Rule("clone3", _UNKNOWN),  # its flags cannot be seen; libraries then call clone
        *(_Rule("clone", comparison=(0, _MASKED_EQUAL, flag, flag)) for flag in _flags(_NEW_NAMESPACES)),
        _Rule("socket", comparison=(0, _NOT_EQUAL, _LOCAL, 0)),
        *(_Rule("ioctl", comparison=(1, _EQUAL, request, 0)) for request in _TERMINAL_TYPING),
    ]


def _flags(mask: int) -> list[int]:
    return [1 << bit for bit in range(32) if mask >> bit & 1]


@cache
def kernel_filter() -> bytes:
    """Return the filter as the kernel reads it; raises ``SandboxError`` where libseccomp is not there."""
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        raise SandboxError("The sandbox cannot be built: libseccomp is not here.", "Install libseccomp2.") from None
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_ALLOW)))
    try:
        for rule in _rules():
            _add(library, context, rule)
        return _exported(library, context)
    finally:
        library.seccomp_release(context)


def _add(library: ctypes.CDLL, context: ctypes.c_void_p, rule: _Rule) -> None:
    number = library.seccomp_syscall_resolve_name(rule.call.encode())
    if number == -1:
        return  # a call that this libseccomp has not heard of
    comparisons = [] if rule.comparison is None else [_Comparison(*rule.comparison)]
    given = (_Comparison * len(comparisons))(*comparisons)
    action, count = ctypes.c_uint32(rule.action), ctypes.c_uint(len(comparisons))
    if library.seccomp_rule_add_array(context, action, number, count, given):
        raise SandboxError(f"The sandbox cannot be built: libseccomp refuses the rule for {rule.call}.")


def _exported(library: ctypes.CDLL, context: ctypes.c_void_p) -> bytes:
    descriptor = os.memfd_create("filter")
    try:
        if library.seccomp_export_bpf(context, descriptor):
            raise SandboxError("The sandbox cannot be built: libseccomp gives no filter.")
        os.lseek(descriptor, 0, os.SEEK_SET)
        return os.read(descriptor, 1 << 16)
    finally:
        os.close(descriptor)
