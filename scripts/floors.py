"""Checks the floors: the import contracts of pyproject.toml, and what `import tacit` costs.

import-linter (https://import-linter.readthedocs.io) holds the contracts. What it cannot say is how much a bare
`import tacit` loads, so a fresh interpreter counts that here.
"""

import os
import subprocess
import sys
from pathlib import Path

from importlinter.cli import lint_imports

__all__ = ["HEAVY", "MODULES_MAX", "imported_by_tacit", "main"]

ROOT = Path(__file__).resolve().parent.parent

MODULES_MAX = 250
"""Modules that `import tacit` may load on top of a bare interpreter, the standard library's included."""

HEAVY = frozenset(
    ["anyio", "faiss", "fastapi", "huggingface_hub", "httpx", "mcp", "numpy", "onnxruntime", "openai", "psycopg",
     "pydantic", "pydantic_settings", "rich", "tokenizers", "turbovec", "typer", "uvicorn"]
)  # fmt: skip
"""Packages that only the call which needs them may load: numpy alone takes 80 ms of a cold start."""

PROBE = """
import sys
before = set(sys.modules)
import tacit
print(*sorted(set(sys.modules) - before))
"""


def imported_by_tacit() -> list[str]:
    """Names of the modules that a bare `import tacit` adds to a fresh interpreter, sorted.

    Raises `subprocess.CalledProcessError` where tacit cannot be imported."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", PROBE]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()


def main() -> int:
    """Print what is broken; -> exit code, 0 when all floors are kept."""
    sys.path.insert(0, str(ROOT / "src"))
    broken = lint_imports(str(ROOT / "pyproject.toml"), cache_dir=str(ROOT / ".cache" / "import-linter"), no_logo=True)
    loaded = imported_by_tacit()
    heavy = sorted(HEAVY & set(loaded))
    print(f"import tacit loads {len(loaded)} modules (at most {MODULES_MAX}), heavy ones: {', '.join(heavy) or 'none'}")
    return int(bool(broken or heavy or len(loaded) > MODULES_MAX))


if __name__ == "__main__":
    sys.exit(main())
