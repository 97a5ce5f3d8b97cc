"""bwrap keeps the whole contract, where it is installed."""

import shutil

import pytest

from tacit.sandboxes.bwrap import BwrapSandbox
from tacit.testing.sandbox_contract import SandboxContract

if shutil.which("bwrap") is None:
    pytest.skip("bwrap is not installed", allow_module_level=True)


class TestBwrap(SandboxContract):
    @pytest.fixture
    def sandbox(self) -> BwrapSandbox:
        return BwrapSandbox()
