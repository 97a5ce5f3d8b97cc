"""The verb that improves any program: a git repository with a benchmark and tests. Floor 4.

Below: logic.refactoring, logic.improving, a sandbox that is handed in, git. Above: memory, and its functions for those
who have none.
"""

from tacit.operations.improve_workspace.improving import WorkspaceProgress, improve_workspace
from tacit.operations.improve_workspace.keeping import Tried
from tacit.operations.improve_workspace.reverting import Reverted, revert_workspace

__all__ = ["Reverted", "Tried", "WorkspaceProgress", "improve_workspace", "revert_workspace"]
