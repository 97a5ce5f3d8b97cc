"""The ladder gives the first rung that holds, and nothing where none does."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tacit.errors import InvalidInput, SandboxError
from tacit.improvement import Limits, Ran
from tacit.sandboxes import available, open_sandbox
from tacit.sandboxes.bwrap import BwrapSandbox
from tacit.sandboxes.container import ContainerSandbox
from tacit.sandboxes.inner.plan import Plan
from tacit.sandboxes.ladder import proven
from tacit.sandboxes.process import ProcessSandbox
from tacit.sandboxes.rung import Rung
from tacit.sandboxes.supervised import Launcher, refused
from tacit.testing.sandbox_contract import CHECKS, run_check

NOT_HELD_BY_NOTHING = {
    "a file outside is not read",
    "a folder outside is not listed",
    "a file outside is not written",
    "a file outside is not removed",
    "nothing is made outside",
    "no mode is changed outside",
    "dots are no way out",
    "a link to a file outside leads nowhere",
    "a search finds nothing outside",
    "no server of this machine is reached",
    "no abstract socket is reached",
    "a pair of sockets does not send elsewhere",
    "no server is opened",
    "a process outside is not seen",
    "it has no rights and can gain none",
    "the environment is what was given",
    "no memory without a name",
    "nothing is left that runs as its owner",
}


class Nothing:
    """Holds nobody: only for programs that do no harm."""

    name = "nothing"

    def run(
        self,
        command: Sequence[str],
        *,
        limits: Limits = Limits(),  # noqa: B008
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
        folder: Path | None = None,
        input: bytes = b"",
        environment: Mapping[str, str] = {},
    ) -> Ran:
        """Run it as it is."""
        done = subprocess.run(
            command, cwd=folder, input=input, capture_output=True, timeout=limits.seconds, check=False
        )
        return Ran(exit_code=done.returncode, output=done.stdout, errors=done.stderr)

    def enforces(self) -> dict[str, str]:
        """Nothing."""
        return {}


class Open(ProcessSandbox):
    """A rung that promises and shows everything."""

    def _readable(self) -> list[Path]:
        return [*super()._readable(), Path("/tmp")]


class Broken(Rung):
    """A rung whose launcher does not come."""

    name, fence = "process", "namespaces"

    @contextmanager
    def start(self, plan: Plan) -> Iterator[Launcher]:
        raise refused("it is broken")
        yield


@pytest.mark.parametrize("check", [c for c in CHECKS if c.name in NOT_HELD_BY_NOTHING], ids=lambda check: check.name)
def test_a_check_notices_that_nothing_holds(check) -> None:
    assert run_check(check, Nothing()).state == "broken"


def test_the_harmless_checks_are_among_all() -> None:
    assert {check.name for check in CHECKS} >= NOT_HELD_BY_NOTHING
    assert len({check.name for check in CHECKS}) == len(CHECKS) >= 40


def test_a_rung_that_shows_what_was_not_granted_is_not_trusted() -> None:
    with pytest.raises(SandboxError, match="not held as it should be"):
        proven((Open,))


def test_the_next_way_is_taken_where_one_fails() -> None:
    assert proven((Broken, ProcessSandbox)).name == "process"


def test_nothing_runs_where_every_way_fails() -> None:
    with pytest.raises(SandboxError, match="it is broken; it is broken"):
        proven((Broken, Broken))


def test_a_rung_may_be_named_and_another_word_is_refused() -> None:
    assert open_sandbox("process").name == "process"
    with pytest.raises(InvalidInput, match="no sandbox 'docker'"):
        open_sandbox("docker")


def test_the_best_rung_is_the_first_that_is_to_be_had() -> None:
    found = available()
    assert list(found) == ["container", "bwrap", "process"]
    assert open_sandbox().name == next(rung for rung, words in found.items() if not words.startswith("no: "))


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_than_on_linux_it_refuses_and_says_so(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(SandboxError, match="not Linux on x86_64 or aarch64"):
        proven((ProcessSandbox, ContainerSandbox, BwrapSandbox))
