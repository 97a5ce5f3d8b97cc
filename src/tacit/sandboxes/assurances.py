"""What is enforced by what: said in words, for each way to fence a program in.

Floor 3. Below: landlock, for its version. Above: the rungs.
"""

import os
from typing import Literal

from tacit.sandboxes.inner import landlock

__all__ = ["Fence", "assurances"]

Fence = Literal["namespaces", "none", "bwrap", "container"]
"""Who gives the program a tree of files and a table of processes of its own: our launcher, nobody (Landlock and seccomp
do it alone), or the one that starts our launcher within."""

_TREE = {
    "namespaces": "a mount namespace in which nothing else exists",
    "none": "",
    "bwrap": "bwrap's mount namespace, in which nothing else exists",
    "container": "the container's own tree, in which nothing else exists",
}
_UNCOVERED = {
    False: "; seccomp: no modes, owners, times and attributes",
    True: "; seccomp: no times and attributes; a user that owns nothing else",
}
"""Of what Landlock does not cover, by whether the program runs as a user that nobody is."""
_NETWORK = {
    "namespaces": "a network namespace without devices, and ",
    "none": "",
    "bwrap": "bwrap's network namespace without devices, and ",
    "container": "the container's network `none`, and ",
}
_CHILDREN = {
    "namespaces": "a PID namespace: all end with its init",
    "none": "the launcher adopts orphans, stops all, then kills all; Landlock keeps signals in",
    "bwrap": "bwrap's PID namespace: all end with the launcher, its init",
    "container": "the container's PID namespace: all end with the launcher, its init",
}


def assurances(fence: Fence, *, other_user: bool) -> dict[str, str]:
    """Guarantee -> by what. `other_user`: the program runs as a user that nobody is."""
    version = landlock.abi()
    rules = f"Landlock {version}" if version else ""
    files = ", and ".join(filter(None, [_TREE[fence], rules]))
    return {
        "network": _NETWORK[fence] + "seccomp: no socket but connected pairs",
        "files": files + (_UNCOVERED[other_user] if fence == "none" else ""),
        "memory": "RLIMIT_AS a process; all together watched every 50 ms"
        + (", over that the container's memory" if fence == "container" else ""),
        "cpu": "RLIMIT_CPU a process; all together watched every 50 ms",
        "time": "the launcher's clock, every 50 ms",
        "processes": _counted(fence, other_user=other_user),
        "output": "the reader cuts it off and has all ended",
        "environment": "execve with what is given, and PATH, LANG, HOME, TMPDIR",
        "children": _CHILDREN[fence],
        "rights": ("a user of its own, " if other_user else "") + "no capabilities over anything but granted files, "
        "no_new_privs, seccomp: no tracing, mounting, keys, clocks, modules",
    }


def _counted(fence: Fence, *, other_user: bool) -> str:
    if fence == "container":
        return "the container's pids limit"
    if other_user:
        return "RLIMIT_NPROC of a user of its own"
    if os.geteuid() == 0:
        return "watched every 50 ms: RLIMIT_NPROC does not bind root"
    if fence == "none":
        return "RLIMIT_NPROC over what the user has, and watched every 50 ms"
    return "RLIMIT_NPROC in a user namespace, and watched every 50 ms"
