"""A real language model behind a real server: SmolLM2-135M in llama.cpp's own, one thread, in a process of its own.

`python tests/models/llama.py MODEL KEY` prints its address, and ends when its standard input does.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

__all__ = ["KEY", "absent", "serving"]

KEY = "key-of-the-tests"
CONTEXT = 512
"""Tokens: little memory, and soon too many."""


def weights() -> Path:
    """Where scripts/chat_weights.py puts them."""
    return Path(os.environ["TACIT_MODELS"]) / "SmolLM2-135M-Instruct-Q4_1" / "model.gguf"


def absent() -> str:
    """Why it cannot be had here; empty where it can."""
    if find_spec("xllamacpp") is None:
        return "xllamacpp is not installed"
    return "" if weights().is_file() else "its weights are not here (make chat-model)"


@contextmanager
def serving() -> Iterator[str]:
    """Its base URL."""
    command = [sys.executable, __file__, str(weights()), KEY]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate("")


def main(model: str, key: str) -> None:
    """Serve until the one who started it has gone."""
    import xllamacpp

    given = xllamacpp.CommonParams()
    given.model.path = model
    given.n_ctx = CONTEXT
    given.n_parallel = given.cpuparams.n_threads = given.cpuparams_batch.n_threads = 1
    given.sampling.temp = 0.0  # the same words each time
    given.warmup = False
    given.api_keys = [key]
    server = xllamacpp.Server(given)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
