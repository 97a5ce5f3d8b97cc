"""Containers keep the whole contract, where an engine answers."""

import pytest

from tacit.errors import SandboxError
from tacit.sandboxes.container import ContainerSandbox
from tacit.testing.sandbox_contract import SandboxContract

try:
    SANDBOX = ContainerSandbox()
except SandboxError as error:
    pytest.skip(error.cause, allow_module_level=True)


class TestContainer(SandboxContract):
    @pytest.fixture
    def sandbox(self) -> ContainerSandbox:
        return SANDBOX
