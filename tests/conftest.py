"""What every test stands on: no network, no keys, nobody's settings, one way for Hypothesis, and a header that tells
what is missing on this machine."""

import importlib.util
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
LOCAL = frozenset(["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", ""])
SECRETS = ("_API_KEY", "_TOKEN", "_SECRET")
KEPT = frozenset(["TACIT_MODELS", "TACIT_DATA"])
OPTIONAL = {
    "mcp": "the MCP server",
    "turbovec": "the fast vector index",
    "onnxruntime": "local models",
    "xllamacpp": "a language model",
}

network_allowed = False
started = time.monotonic()


class NetworkReached(RuntimeError):
    """A test tried to leave this machine."""


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: sees every connection and name lookup of this process, also those of libraries."""
    if network_allowed or event not in {"socket.connect", "socket.sendto", "socket.getaddrinfo"}:
        return
    address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    if event != "socket.getaddrinfo" and not isinstance(address, tuple):
        return  # the path of a Unix socket
    host = address[0] if isinstance(address, tuple) else address
    name = host.decode("utf-8", "replace") if isinstance(host, bytes) else str(host or "")
    if name not in LOCAL:
        raise NetworkReached(f"a test reached for {name}: only tests marked `fetch` may leave this machine")


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is collected: the guard, the environment, Hypothesis."""
    sys.addaudithook(_guard)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: programs would inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in list(os.environ):
        mine = name.startswith("TACIT_") and name not in KEPT
        if mine or name.endswith(SECRETS):
            del os.environ[name]
    os.environ.setdefault("TACIT_MODELS", str(ROOT / ".cache" / "models"))
    paths = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)  # programs that tests start see this tree, installed or not
    os.environ["XDG_CONFIG_HOME"] = str(ROOT / ".cache" / "tests" / "config")  # no settings of the person who tests
    slow_is_fine = [HealthCheck.too_slow, HealthCheck.data_too_large]  # a shared machine is slow at times
    settings.register_profile("dev", deadline=None, suppress_health_check=slow_is_fine)
    settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, database=None, print_blob=True)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def data_folder() -> Path | None:
    """The folder of data sets: TACIT_DATA, or `shared/data` beside this project; None where there is none."""
    named = os.environ.get("TACIT_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say first what these tests cannot see on this machine."""
    models = Path(os.environ["TACIT_MODELS"])
    weights = sorted(str(file.parent.relative_to(models)) for file in models.rglob("*.onnx"))
    talks = any(models.rglob("*.gguf"))
    missing = [what for package, what in OPTIONAL.items() if importlib.util.find_spec(package) is None]
    return [
        f"weights: {', '.join(weights) or 'none, so tests of local models are skipped (make models)'}",
        f"language model: {'here' if talks else 'none, so tests that talk to one are skipped (make chat-model)'}",
        f"data sets: {data_folder() or 'none, so tests on recorded data are skipped (TACIT_DATA=dir)'}",
        f"not installed: {', '.join(missing) or 'nothing'}",
        f"sandboxes not to be had: {', '.join(_missing_sandboxes()) or 'none'}",
        "network: blocked; tests marked fetch are left out (pytest -m fetch)",
    ]


def _missing_sandboxes() -> list[str]:
    """Those whose contract is not tested here. Tests of our own launcher say themselves what the kernel lacks."""
    from tacit.errors import SandboxError
    from tacit.sandboxes.container import find_engine

    missing = [] if shutil.which("bwrap") else ["bwrap"]
    try:
        find_engine()
    except SandboxError:
        missing.append("containers (no engine answers)")
    return missing


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of data sets; skips, visibly, where there is none."""
    folder = data_folder()
    if folder is None:
        pytest.skip("no data sets here: set TACIT_DATA to a folder that has them")
    return folder


@pytest.fixture(autouse=True)
def network(request: pytest.FixtureRequest) -> object:
    """Open the network for tests marked `fetch`, and for no others."""
    global network_allowed
    network_allowed = request.node.get_closest_marker("fetch") is not None
    yield
    network_allowed = False


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep how long a whole run took, for `make health`."""
    config = session.config
    whole = not config.option.keyword and set(config.args) == set(config.getini("testpaths"))
    if exitstatus == 0 and whole and not hasattr(config, "workerinput") and config.cache is not None:
        workers = getattr(config.option, "numprocesses", None) or 1
        taken = {"seconds": round(time.monotonic() - started, 1), "tests": session.testscollected, "workers": workers}
        config.cache.set("tacit/suite", taken)
