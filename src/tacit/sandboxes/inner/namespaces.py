"""Namespaces: processes, files, addresses and names of the program's own.

Floor 3. Below: kernel. Above: launch. As root they are ours to make; as anybody else they come with a user namespace,
in which we are who we are and have rights over nothing outside. Source: user_namespaces(7).
"""

# ruff: noqa: PTH123 - pathlib takes longer to load than all of this to run
import os

from tacit.sandboxes.inner.kernel import KernelRefused, unshare

__all__ = ["enter_files", "enter_processes"]

_FILES, _NAMES, _MESSAGES, _USERS, _PROCESSES, _NETWORK = 0x20000, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30


def enter_processes() -> bool:
    """What we fork from now on is alone among processes: the first of them is their init, and when it ends all end.
    -> whether a user namespace was needed. Raises `KernelRefused`."""
    if os.geteuid() == 0:
        try:
            unshare(_PROCESSES)
        except KernelRefused:
            pass
        else:
            return False
    user, group = os.geteuid(), os.getegid()
    unshare(_USERS | _PROCESSES)
    for name, words in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(words)
    return True


def enter_files() -> None:
    """Mounts, network devices, host name and message queues of our own. Raises `KernelRefused`."""
    unshare(_FILES | _NETWORK | _MESSAGES | _NAMES)
