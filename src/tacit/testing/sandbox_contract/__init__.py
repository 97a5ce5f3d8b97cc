"""What every sandbox promises, as small programs that try to break out and others that must be able to work.

Floor 6. A subclass gives a sandbox by a fixture:

    class TestMine(SandboxContract):
        @pytest.fixture
        def sandbox(self):
            return MySandbox()

What it does not show: that the kernel has no holes. It tries known ways, one at a time.
"""

from tacit.testing.sandbox_contract.contract import CHECKS, SandboxContract
from tacit.testing.sandbox_contract.room import Check, Verdict, run_check

__all__ = ["CHECKS", "Check", "SandboxContract", "Verdict", "run_check"]
