"""The filter of system calls, run by hand for both machines: this one may not be the other."""

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.sandboxes.inner.numbers import MACHINES, NEWEST, NUMBERS
from tacit.sandboxes.inner.seccomp import program

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
PERMITTED_TO_NOBODY = ["socket", "ptrace", "mount", "bpf", "keyctl", "unshare", "connect"]


def judged(rules: bytes, arch: int, number: int, *arguments: int) -> int:
    """What the kernel would do: an interpreter of the instructions that we use."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=IIQ6Q", number, arch, 0, *[argument & (1 << 64) - 1 for argument in padded])
    steps = list(struct.iter_unpack("=HBBI", rules))
    at = value = 0
    while True:
        code, yes, no, k = steps[at]
        at += 1
        if code == 0x20:
            value = struct.unpack_from("=I", data, k)[0]
        elif code == 0x54:
            value &= k
        elif code == 0x06:
            return k
        else:
            holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            at += yes if holds else no


def answer(machine: str, name: str, *arguments: int, whole: bool = False, other: bool = False) -> str:
    rules = program(machine, whole_tree=whole, other_user=other)
    told = judged(rules, ARCH[machine], NUMBERS[name][MACHINES[machine]], *arguments)
    return "allowed" if told == ALLOW else errno.errorcode[told & 0xFFFF]


@pytest.fixture(params=list(MACHINES))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", PERMITTED_TO_NOBODY)
def test_what_nobody_needs_is_refused(machine: str, name: str) -> None:
    assert answer(machine, name, 1, 1) == "EPERM"


@pytest.mark.parametrize("name", ["clone3", "io_uring_setup", "memfd_create", "openat2"])
def test_what_has_an_older_way_is_unknown(machine: str, name: str) -> None:
    assert answer(machine, name) == "ENOSYS"


def test_only_pairs_of_streams_are_made(machine: str) -> None:
    close_on_exec = 0o2000000
    assert answer(machine, "socketpair", 1, 1 | close_on_exec) == "allowed"
    assert answer(machine, "socketpair", 1, 5) == "allowed"
    assert answer(machine, "socketpair", 1, 2) == "EPERM"
    assert answer(machine, "socketpair", 1, 2 | close_on_exec) == "EPERM"
    assert answer(machine, "socketpair", 2, 1) == "EPERM"


def test_children_and_threads_are_born_and_namespaces_are_not(machine: str) -> None:
    threads = 0x3D0F00
    assert answer(machine, "clone", threads) == "allowed"
    assert answer(machine, "clone", 17) == "allowed"
    for bit in (0x20000, *(1 << n for n in range(25, 31))):
        assert answer(machine, "clone", 17 | bit) == "EPERM"


def test_what_is_sent_goes_to_who_is_connected(machine: str) -> None:
    assert answer(machine, "sendto", 3, 1 << 33, 8) == "allowed"
    assert answer(machine, "sendto", 3, 0, 8, 0, 0x7000) == "EPERM"
    assert answer(machine, "sendto", 3, 0, 8, 0, 1 << 40) == "EPERM"


def test_limits_are_ones_own(machine: str) -> None:
    assert answer(machine, "prlimit64", 0, 7) == "allowed"
    assert answer(machine, "prlimit64", 1234, 7) == "EPERM"


def test_nothing_is_made_that_runs_as_its_owner(machine: str) -> None:
    create, temporary = 0o101, 0o20200002
    assert answer(machine, "openat", 0, 0, create, 0o755) == "allowed"
    assert answer(machine, "openat", 0, 0, 0, 0o4755) == "allowed"  # what is not made has no mode
    assert answer(machine, "openat", 0, 0, create, 0o4755) == "EPERM"
    assert answer(machine, "openat", 0, 0, temporary, 0o2755) == "EPERM"
    assert answer(machine, "fchmod", 3, 0o755) == "allowed"
    assert answer(machine, "fchmod", 3, 0o6755) == "EPERM"
    assert answer(machine, "fchmodat", 0, 0, 0o4755) == "EPERM"


def test_without_a_tree_of_its_own_what_no_rule_covers_is_refused(machine: str) -> None:
    assert answer(machine, "fsetxattr", whole=True) == "EPERM"
    assert answer(machine, "utimensat", 3, 0, whole=True) == "allowed"
    assert answer(machine, "utimensat", 0, 0x7000, whole=True) == "EPERM"
    assert answer(machine, "fchmodat", 0, 0, 0o644, whole=True) == "EPERM"
    assert answer(machine, "fchmodat", 0, 0, 0o644, whole=True, other=True) == "allowed"
    assert answer(machine, "fchmodat", 0, 0, 0o4644, whole=True, other=True) == "EPERM"
    assert answer(machine, "setpriority", 0, 0, 10, whole=True) == "allowed"
    assert answer(machine, "setpriority", 2, 0, 10, whole=True) == "EPERM"
    assert answer(machine, "setpriority", 0, 77, 10, whole=True) == "EPERM"
    assert answer(machine, "sched_setaffinity", 0, whole=True) == "allowed"
    assert answer(machine, "sched_setaffinity", 77, whole=True) == "EPERM"


@given(st.sampled_from(list(MACHINES)), st.integers(0, NEWEST), st.booleans(), st.booleans())
def test_a_call_without_arguments_is_allowed_unless_it_is_named(
    machine: str, number: int, whole: bool, other: bool
) -> None:
    named = {numbers[MACHINES[machine]] for numbers in NUMBERS.values()}
    told = judged(program(machine, whole_tree=whole, other_user=other), ARCH[machine], number)
    assert told == ALLOW or number in named


@given(st.sampled_from(list(MACHINES)), st.integers(NEWEST + 1, (1 << 32) - 1), st.booleans())
def test_calls_that_nobody_has_judged_are_unknown(machine: str, number: int, whole: bool) -> None:
    told = judged(program(machine, whole_tree=whole, other_user=False), ARCH[machine], number)
    assert told & 0xFFFF == errno.ENOSYS


@given(st.sampled_from(list(MACHINES)), st.integers(0, (1 << 32) - 1), st.integers(0, 500))
def test_another_machines_calls_end_the_program(machine: str, arch: int, number: int) -> None:
    told = judged(program(machine, whole_tree=False, other_user=False), arch, number)
    assert arch == ARCH[machine] or told == KILL
