"""All checks, and the tests that run them.

Floor 6. Below: the checks by theme. Above: whoever writes a sandbox.
"""
# ruff: noqa: S101 - these are tests: they assert

import pytest

from tacit.ports import Sandbox
from tacit.testing.sandbox_contract import escaping, reaching, seeing, spending, working
from tacit.testing.sandbox_contract.room import Check, run_check

__all__ = ["CHECKS", "SandboxContract"]

CHECKS: tuple[Check, ...] = (*reaching.CHECKS, *seeing.CHECKS, *escaping.CHECKS, *spending.CHECKS, *working.CHECKS)
_GUARANTEES = {
    "network", "files", "memory", "cpu", "time", "processes", "output", "environment", "children", "rights",
}  # fmt: skip


class SandboxContract:
    """Inherit, give a fixture `sandbox`, and run pytest."""

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name.replace(" ", "-"))
    def test_holds(self, check: Check, sandbox: Sandbox) -> None:
        """Each check; one that cannot be tried here is skipped and says why."""
        verdict = run_check(check, sandbox)
        if verdict.state == "not tried":
            pytest.skip(verdict.detail)
        assert verdict.detail == ""

    def test_says_by_what_it_keeps_each_promise(self, sandbox: Sandbox) -> None:
        """In words, for every guarantee."""
        assert set(sandbox.enforces()) == _GUARANTEES
        assert all(sandbox.enforces().values())
