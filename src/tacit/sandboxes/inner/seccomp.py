"""seccomp: the system calls that no program in a sandbox needs are answered with an error.

Floor 3. Below: numbers, kernel. Above: confine. A filter is a program for the kernel's classic packet filter
(linux/filter.h, linux/seccomp.h). It names what is refused, so that tool chains of any age run; what the kernel learnt
after `numbers.NEWEST` is refused as unknown.
"""

import ctypes
import errno
import struct

from tacit.sandboxes.inner.kernel import prctl
from tacit.sandboxes.inner.numbers import MACHINES, NEWEST, NUMBERS

__all__ = ["install", "program"]

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_KILL, _ERROR, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER, _ARCH = 0, 4

_NEW_NAMESPACES = 0x7E020000
_SET_ID_BITS = 0o6000
_CREATE = 0o100 | 0o20000000
"""O_CREAT, and the bit of O_TMPFILE."""
_FAKE_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: they type into a terminal."""

_NEVER = """
    _sysctl accept accept4 acct add_key adjtimex bind bpf chroot clock_adjtime clock_settime connect
    delete_module fanotify_init fanotify_mark finit_module fsconfig fsmount fsopen fspick get_kernel_syms
    init_module ioperm iopl kcmp kexec_file_load kexec_load keyctl listen listmount lookup_dcookie memfd_secret
    migrate_pages modify_ldt mount mount_setattr move_mount move_pages mq_open msgget name_to_handle_at
    open_by_handle_at open_tree open_tree_attr perf_event_open pidfd_getfd pivot_root process_madvise
    process_mrelease process_vm_readv process_vm_writev ptrace quotactl quotactl_fd reboot request_key
    setdomainname sethostname setns settimeofday shmget socket statmount swapoff swapon syslog umount2 unshare
    uselib userfaultfd vhangup vserver
"""
"""Networks, other processes, mounts, keys, clocks, the kernel itself, and memory that no limit counts."""

_UNKNOWN = """
    clone3 io_uring_enter io_uring_register io_uring_setup memfd_create openat2
"""
"""Answered as if this kernel had none, so that libraries take the older way. The arguments of clone3, io_uring
and openat2 are out of a filter's sight; a memory file is memory that no limit of ours counts."""

_OF_ALL = """
    file_setattr fremovexattr fsetxattr futimesat inotify_add_watch ioprio_set lremovexattr lsetxattr mq_unlink msgctl
    msgrcv msgsnd removexattr removexattrat sched_setattr sched_setparam sched_setscheduler semctl semget semop
    semtimedop setxattr setxattrat shmat shmctl utime utimes
"""
"""What Landlock does not cover, refused where the program sees all files and processes: times and attributes of files,
messages and semaphores, who runs first."""

_OF_ITS_USER = """
    chmod chown fchmod fchmodat fchmodat2 fchown fchownat lchown
"""
"""Modes and owners: as a user that nobody is, it owns but what it makes, so it may change them."""

_Code = list[tuple[int, int, int, int]]


def program(machine: str, *, whole_tree: bool, other_user: bool) -> bytes:
    """The filter for `x86_64` or `aarch64`. `whole_tree`: the program sees all files and all processes. `other_user`:
    it runs as one that nobody is."""
    column = MACHINES[machine]

    def number(name: str) -> int:
        return NUMBERS[name][column]

    code: _Code = [
        (_LOAD, 0, 0, _ARCH),
        (_IF_EQUAL, 1, 0, _AUDIT[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    unknown = [(_RETURN, 0, 0, _ERROR | errno.ENOSYS)]
    code += [(_IF_AT_LEAST, 0, 1, NEWEST + 1), *unknown]  # also every call of the x32 machine: those have bit 30
    refused = [(_RETURN, 0, 0, _ERROR | errno.EPERM)]
    never = _NEVER + (_OF_ALL if whole_tree else "") + (_OF_ITS_USER if whole_tree and not other_user else "")
    for name in never.split():
        code += _when(number(name), refused)
    for name in _UNKNOWN.split():
        code += _when(number(name), unknown)
    for name, tests in (*_BY_ARGUMENT.items(), *_MODES.items()):
        code += _when(number(name), tests)
    for name, tests in _OF_OTHERS.items() if whole_tree else ():
        code += _when(number(name), tests)
    code.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in code)


def install(filter: bytes) -> None:
    """From now on it judges every call of this process and its children. Needs no_new_privs. Raises `KernelRefused`."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]

    seccomp, mode = 22, 2
    prctl("raise seccomp", seccomp, mode, ctypes.byref(Program(len(filter) // 8, filter)))


def _when(number: int, tests: _Code) -> _Code:
    """`tests`, for the call of this number; afterwards the number is loaded again."""
    if number < 0:
        return []
    if len(tests) == 1:
        return [(_IF_EQUAL, 0, 1, number), *tests]
    return [(_IF_EQUAL, 0, len(tests) + 1, number), *tests, (_LOAD, 0, 0, _NUMBER)]


def _argument(position: int) -> int:
    """Where the low half of an argument lies: both machines are little-endian."""
    return 16 + 8 * position


def _refuse_if_bits(position: int, bits: int) -> _Code:
    return [(_LOAD, 0, 0, _argument(position)), (_IF_ANY_BIT, 0, 1, bits), (_RETURN, 0, 0, _ERROR | errno.EPERM)]


def _refuse_if_set(position: int) -> _Code:
    """Refused where the argument, of 64 bits, is not 0."""
    return [
        (_LOAD, 0, 0, _argument(position)), (_IF_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _argument(position) + 4), (_IF_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
    ]  # fmt: skip


_ONLY_PAIRS_OF_STREAMS: _Code = [
    (_LOAD, 0, 0, _argument(0)), (_IF_EQUAL, 0, 4, 1),
    (_LOAD, 0, 0, _argument(1)), (_AND, 0, 0, 0xF), (_IF_EQUAL, 2, 0, 1), (_IF_EQUAL, 1, 0, 5),
    (_RETURN, 0, 0, _ERROR | errno.EPERM),
]  # fmt: skip
"""AF_UNIX with SOCK_STREAM or SOCK_SEQPACKET: asyncio and multiprocessing need them. A datagram socket of a pair can
send to any address."""

_NO_FAKE_INPUT: _Code = [
    (_LOAD, 0, 0, _argument(1)), (_IF_EQUAL, 1, 0, _FAKE_INPUT[0]), (_IF_EQUAL, 0, 1, _FAKE_INPUT[1]),
    (_RETURN, 0, 0, _ERROR | errno.EPERM),
]  # fmt: skip

_ONLY_TO_ASK: _Code = [
    (_LOAD, 0, 0, _argument(0)), (_IF_EQUAL, 2, 0, 0), (_IF_EQUAL, 1, 0, 0xFFFFFFFF),
    (_RETURN, 0, 0, _ERROR | errno.EPERM),
]  # fmt: skip

_BY_ARGUMENT: dict[str, _Code] = {
    "clone": _refuse_if_bits(0, _NEW_NAMESPACES),
    "ioctl": _NO_FAKE_INPUT,
    "personality": _ONLY_TO_ASK,
    "prlimit64": _refuse_if_set(0),  # of oneself only
    "sendto": _refuse_if_set(4),  # on a connection only
    "socketpair": _ONLY_PAIRS_OF_STREAMS,
}


def _new_file(flags: int, mode: int) -> _Code:
    """Refused where a file is made that would run as its owner."""
    return [
        (_LOAD, 0, 0, _argument(flags)), (_IF_ANY_BIT, 0, 3, _CREATE),
        *_refuse_if_bits(mode, _SET_ID_BITS),
    ]  # fmt: skip


_MODES: dict[str, _Code] = {
    "chmod": _refuse_if_bits(1, _SET_ID_BITS),
    "creat": _refuse_if_bits(1, _SET_ID_BITS),
    "fchmod": _refuse_if_bits(1, _SET_ID_BITS),
    "fchmodat": _refuse_if_bits(2, _SET_ID_BITS),
    "fchmodat2": _refuse_if_bits(2, _SET_ID_BITS),
    "mknod": _refuse_if_bits(1, _SET_ID_BITS),
    "mknodat": _refuse_if_bits(2, _SET_ID_BITS),
    "open": _new_file(1, 2),
    "openat": _new_file(2, 3),
}
"""Nothing that runs as its owner is left behind."""

_OF_OTHERS: dict[str, _Code] = {
    "sched_setaffinity": _refuse_if_set(0),
    "setpriority": [*_refuse_if_set(0), *_refuse_if_set(1)],
    "utimensat": _refuse_if_set(1),  # times are set through an open file
}
"""Where it sees all files and processes: its own only."""
