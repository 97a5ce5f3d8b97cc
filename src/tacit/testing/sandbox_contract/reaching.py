"""Programs that try to reach the network, or somebody who listens on this machine.

Floor 6. Below: room. Above: the contract.
"""

import shutil

from tacit.testing.sandbox_contract.room import Check, Room, attempt

__all__ = ["CHECKS"]

_STRANGER = "('192.0.2.1', 80)"
"""An address that is nobody's (RFC 5737)."""


def _no_shell_gets_through(room: Room) -> str:
    if shutil.which("bash") is None:
        return "not tried: no bash here"
    ran = room.run("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{room.port}")
    return "" if ran.exit_code else "it got through"


CHECKS: tuple[Check, ...] = (
    attempt(
        "no stream reaches an address",
        "network",
        "nothing can be fetched or told to anybody",
        f"socket.create_connection({_STRANGER}, timeout=5)",
    ),
    attempt(
        "no server of this machine is reached",
        "network",
        "a database or an agent that trusts its own machine is safe",
        "socket.create_connection(('127.0.0.1', int(port)), timeout=5)",
    ),
    attempt(
        "no datagram is sent",
        "network",
        "nothing leaves as a question to a name server either",
        f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', {_STRANGER})",
    ),
    attempt(
        "no stream of the sixth version is opened",
        "network",
        "the newer protocol is no way round",
        "socket.socket(socket.AF_INET6).connect(('::1', int(port)))",
    ),
    attempt(
        "no name is looked up",
        "network",
        "not even a name can be told",
        "socket.getaddrinfo('example.com', 80)",
    ),
    attempt(
        "no raw socket is opened",
        "network",
        "no packet is made by hand",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    ),
    attempt(
        "no socket of the kernel is opened",
        "network",
        "no device, route or firewall is changed",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    ),
    attempt(
        "no abstract socket is reached",
        "network",
        "an address without a file, of which no rule about files knows, is closed",
        "socket.socket(socket.AF_UNIX).connect('\\0' + name)",
    ),
    attempt(
        "a pair of sockets does not send elsewhere",
        "network",
        "a datagram socket of a pair could name another address",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', '\\0' + name + '.datagrams')",
    ),
    attempt(
        "no server is opened",
        "network",
        "nobody outside can be waited for",
        "socket.socket(socket.AF_UNIX).bind(room + '/door')",
    ),
    Check(
        name="the shell's own way to an address is closed",
        guarantee="network",
        proves="these are no rules about Python",
        trial=_no_shell_gets_through,
    ),
    attempt(
        "the queue of calls that no filter sees is closed",
        "network",
        "io_uring opens sockets and files behind seccomp's back",
        "call(425, 425, 8, ctypes.create_string_buffer(120))",
    ),
)
