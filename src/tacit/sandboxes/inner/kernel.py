"""System calls that Python has no function for.

Floor 3. Below: the C library. Above: the fences. Numbers are of x86_64 and aarch64; those from 424 on are the same on
all.
"""

import ctypes
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "AT_EMPTY_PATH",
    "AT_FDCWD",
    "MACHINE",
    "KernelRefused",
    "call",
    "mount",
    "prctl",
    "take_signal_as_usual",
    "unmount",
    "unshare",
]

MACHINE = os.uname().machine if os.name == "posix" else ""
AT_FDCWD = -100
AT_EMPTY_PATH = 0x1000

_libc: "Any" = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None  # elsewhere: nothing to call


class KernelRefused(OSError):
    """A fence that could not be raised: what was asked for is in the message, so nothing may run."""


def _checked(what: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise KernelRefused(number, f"{what}: {os.strerror(number)}")
    return result


def _argument(value: "Any") -> "Any":
    if isinstance(value, str):
        return ctypes.c_char_p(os.fsencode(value))
    return ctypes.c_long(value) if isinstance(value, int) else value


def call(what: str, number: int, *arguments: "Any") -> int:
    """The system call of this number; `what` names it in the error. Raises `KernelRefused`."""
    return _checked(what, _libc.syscall(ctypes.c_long(number), *map(_argument, arguments)))


def prctl(what: str, *arguments: "Any") -> int:
    """`prctl(2)`. Raises `KernelRefused`."""
    padded = [*arguments, *[0] * (5 - len(arguments))]
    return _checked(what, _libc.prctl(*map(_argument, padded)))


def unshare(flags: int) -> None:
    """`unshare(2)`. Raises `KernelRefused`."""
    _checked("unshare", _libc.unshare(flags))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """`mount(2)`. Raises `KernelRefused`."""
    arguments = map(_argument, [source, target, kind, flags, options])
    _checked(f"mount {kind or source} on {target}", _libc.mount(*arguments))


def unmount(target: str, flags: int) -> None:
    """`umount2(2)`. Raises `KernelRefused`."""
    _checked(f"unmount {target}", _libc.umount2(_argument(target), flags))


def take_signal_as_usual(number: int) -> None:
    """`signal(2)` with SIG_DFL. Python's own module for it loads ten more."""
    _libc.signal(number, None)
