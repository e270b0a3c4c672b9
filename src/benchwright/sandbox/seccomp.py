"""A filter of system calls for the sandbox: what no program there needs, the kernel refuses.

Namespaces are the wall; this keeps candidates from parts of the kernel where walls have had holes
before (nested user namespaces, io_uring, keyrings, BPF), and from memory that no limit counts
(System V segments, memfd). Numbers are those of the kernel's own tables; on a machine with other
numbers there is no filter, and ``doctor`` says so.
"""

from __future__ import annotations

import platform
import struct

_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET
_EPERM, _ENOSYS = 1, 38
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_X32 = 0x40000000

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_REFUSED = {
    "x86_64": (
        29, 30, 31,  # shmget, shmat, shmctl
        101, 310, 311,  # ptrace, process_vm_readv, process_vm_writev
        155, 161, 165, 166, 167, 168, 169, 170, 171,  # pivot_root, chroot, mount … setdomainname
        134, 136, 139, 163, 175, 176, 179, 246, 313, 320,  # modules, kexec, acct, quota
        248, 249, 250,  # keyrings
        298, 321, 323,  # perf_event_open, bpf, userfaultfd
        303, 304, 308, 312,  # handles of files, setns, kcmp
        319,  # memfd_create
        425, 426, 427,  # io_uring
        428, 429, 430, 431, 432, 433, 442,  # the new mount interface
        447, 438,  # memfd_secret, pidfd_getfd
    ),
    "aarch64": (
        194, 195, 196, 197,
        117, 270, 271,
        41, 51, 40, 39, 224, 225, 142, 161, 162,
        105, 106, 273, 104, 294, 89, 60,
        217, 218, 219,
        241, 280, 282,
        264, 265, 268, 272,
        279,
        425, 426, 427,
        428, 429, 430, 431, 432, 433, 442,
        447, 438,
    ),
}  # fmt: skip
_CLONE = {"x86_64": 56, "aarch64": 220}
_UNSHARE = {"x86_64": 272, "aarch64": 97}
_CLONE3 = 435


def compiled(machine: str = "") -> bytes:
    """Return the filter as classic BPF for ``machine``; empty where its numbers are not known."""
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        return b""
    code: list[tuple[int, int, int, int]] = [
        (0x20, 0, 0, 4),  # load the architecture
        (0x15, 1, 0, _ARCHITECTURES[machine]),
        (0x06, 0, 0, _KILL),
        (0x20, 0, 0, 0),  # load the number of the call
    ]
    if machine == "x86_64":
        code += [(0x35, 0, 1, _X32), (0x06, 0, 0, _ERRNO | _ENOSYS)]
    # glibc asks clone3 first and falls back to clone, whose flags can be looked at.
    code += [(0x15, 0, 1, _CLONE3), (0x06, 0, 0, _ERRNO | _ENOSYS)]
    for number in _REFUSED[machine]:
        code += [(0x15, 0, 1, number), (0x06, 0, 0, _ERRNO | _EPERM)]
    for number in (_CLONE[machine], _UNSHARE[machine]):
        code += [
            (0x15, 0, 4, number),
            (0x20, 0, 0, 16),  # load the low half of the first argument: the flags
            (0x45, 0, 1, _NEW_NAMESPACES),
            (0x06, 0, 0, _ERRNO | _EPERM),
            (0x06, 0, 0, _ALLOW),
        ]
    code.append((0x06, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in code)
