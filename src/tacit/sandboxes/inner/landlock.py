"""Landlock: which files a program may open, which addresses and processes it may reach, by the kernel's own rules.

Floor 3. Below: kernel. Above: confine. Numbers and bits: linux/landlock.h. It covers opening, making, moving and
cutting files; not their modes, owners and times, nor sockets that exist: a tree of its own and seccomp do that.
"""

import ctypes
import os
import stat

from tacit.sandboxes.inner.kernel import KernelRefused, call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["READ", "WRITE", "abi", "restrict"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_SINCE = (0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF)
"""All rights over files that an ABI knows: moving between folders came with 2, cutting with 3, devices with 5."""

READ = _EXECUTE | _READ_FILE | _READ_DIR
WRITE = 0xFFFF


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """Which version this kernel speaks; 0: none, or it is switched off."""
    try:
        return call("landlock", _CREATE, 0, 0, _VERSION)
    except KernelRefused:
        return 0


def restrict(rules: "Iterable[tuple[str, int]]") -> None:
    """From now on this process and its children may do to files what the rules (path, `READ` or `WRITE`) allow, bind
    and connect to no port (ABI 4), and reach no abstract socket and no process outside (ABI 6).

    Paths that do not exist are passed over. Where there is no Landlock, nothing happens: whoever relies on it alone
    asks for its version first. Needs no_new_privs. Raises `KernelRefused`.
    """
    version = abi()
    if not version:
        return
    handled = _SINCE[min(version, len(_SINCE) - 1)]
    ruleset = _Ruleset(handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    made = call("make Landlock's rules", _CREATE, ctypes.byref(ruleset), size, 0)
    for path, rights in rules:
        _allow(made, path, rights & handled)
    call("raise Landlock", _RESTRICT, made, 0)
    os.close(made)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not stat.S_ISDIR(os.fstat(place).st_mode):
        rights &= _OF_FILES
    rule = _Beneath(rights, place)
    call(f"allow {path}", _ADD, ruleset, 1, ctypes.byref(rule), 0)
    os.close(place)
