"""From a name to a model, or to the reason why there is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tacit.errors import ConfigurationError
from tacit.models.endpoint import EndpointEmbedder
from tacit.models.located import locate
from tacit.models.open import OpenOptions, open_embedder, open_reranker
from tacit.models.table import DEFAULT_EMBEDDER, DEFAULT_RERANKER, cache_folder, read_table
from tacit.ports import Embedder, Reranker


def test_none_is_words_alone() -> None:
    assert open_embedder("none").embedder is None
    assert open_embedder("none").reason == "words only: no embedder is configured"
    assert open_reranker("none").reranker is None


def test_auto_without_weights_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    opened = open_embedder("auto", OpenOptions(cache=tmp_path))
    assert opened.embedder is None
    assert opened.reason == f"words only: the local model {DEFAULT_EMBEDDER} is not in {tmp_path}; run `tacit init`"
    reranker = open_reranker("auto", OpenOptions(cache=tmp_path))
    assert reranker.reranker is None
    assert DEFAULT_RERANKER in reranker.reason
    assert list(tmp_path.iterdir()) == []


def test_auto_with_weights_is_the_local_model(local_embedder: Embedder, local_reranker: Reranker) -> None:
    opened, reranker = open_embedder("auto"), open_reranker("auto")
    assert opened.embedder is not None
    assert (opened.embedder.name, opened.embedder.dimension, opened.reason) == (local_embedder.name, 384, "")
    assert reranker.reranker is not None
    assert reranker.reranker.name == local_reranker.name


def test_hashing_is_labelled_as_knowing_no_meaning() -> None:
    opened = open_embedder("hashing:384")
    assert opened.embedder is not None
    assert (opened.embedder.name, opened.embedder.dimension) == ("hashing:384", 384)
    assert "nothing of meaning" in opened.reason


def test_endpoints_are_known_without_being_asked() -> None:
    openai = open_embedder("openai:text-embedding-3-small", environment={"OPENAI_API_KEY": "k"}).embedder
    ollama = open_embedder("ollama:nomic-embed-text", environment={}).embedder
    assert isinstance(openai, EndpointEmbedder)
    assert isinstance(ollama, EndpointEmbedder)
    assert (openai.name, openai.dimension) == ("openai:text-embedding-3-small", 1536)
    assert (ollama.name, ollama.dimension) == ("ollama:nomic-embed-text", 768)


def test_openai_without_a_key_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="neither OPENAI_API_KEY nor TACIT_EMBEDDER_KEY"):
        open_embedder("openai:text-embedding-3-small", environment={})


@pytest.mark.parametrize(
    "name", ["", "bge", ":", "onnx:", "onnx: ", "word2vec:x", "hashing:", "hashing:many", "hashing:-3", "hashing:٣",
             "hashing:0", "hashing:9999999999", "onnx:../../etc", "onnx:nope", f"onnx:{DEFAULT_RERANKER}", "Auto"],
)  # fmt: skip
def test_a_name_that_nothing_stands_for_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises((ConfigurationError, ValueError)) as caught:
        open_embedder(name)
    assert "To mend it: use" in str(caught.value)


@pytest.mark.parametrize("name", ["", "onnx:nope", f"onnx:{DEFAULT_EMBEDDER}", "hashing:384", "openai:x"])
def test_a_reranker_that_nothing_stands_for_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"no .*reranker is called"):
        open_reranker(name)


def test_weights_that_are_asked_for_and_absent_are_refused_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tacit init"):
        open_embedder(f"onnx:{DEFAULT_EMBEDDER}", OpenOptions(cache=tmp_path))


def test_a_user_adds_a_model_by_a_table_in_the_cache_folder(local_embedder: Embedder, tmp_path: Path) -> None:
    entry = read_table().weights[DEFAULT_EMBEDDER]
    mine = {"weights": {"mine": {"role": "embedder", "dimension": 384, "pooling": "mean", "files": entry.files}}}
    write_table(tmp_path, mine)
    assert read_table(tmp_path).weights["mine"].pooling == "mean"
    files = locate(DEFAULT_EMBEDDER)
    assert files is not None
    shutil.copytree(files["model.onnx"].parent, tmp_path / "mine")
    opened = open_embedder("onnx:mine", OpenOptions(cache=tmp_path))
    assert opened.embedder is not None
    assert opened.embedder.name == "onnx:mine"
    assert opened.embedder.embed(["a text"], "document").shape == (1, 384)


def test_a_user_cannot_change_what_a_shipped_name_stands_for(tmp_path: Path) -> None:
    entry = read_table().weights[DEFAULT_EMBEDDER]
    write_table(tmp_path, {"weights": {DEFAULT_EMBEDDER: {"role": "embedder", "dimension": 3, "files": entry.files}}})
    assert read_table(tmp_path).weights[DEFAULT_EMBEDDER] == entry


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"weights": {"../x": {"role": "embedder", "files": []}}}', b'{"weights": 3}',
     b'{"weights": {"x": {"role": "embedder", "files": [{"name": "../x", "bytes": 1, "sha256": "%s"}]}}}' % (b"0" * 64),
     b'{"weights": {"x": {"role": "chat", "files": []}}}',
     b'{"weights": {"x": {"role": "embedder", "files": [{"name": "x", "bytes": -1, "sha256": "%s"}]}}}' % (b"0" * 64),
     b'{"weights": {"x": {"role": "embedder", "files": [{"name": "x", "bytes": 1, "sha256": "short"}]}}}'],
)  # fmt: skip
def test_a_table_of_another_form_is_a_configuration_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "models.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"models\.json"):
        read_table(tmp_path)


def test_the_cache_folder_is_the_users_own_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TACIT_MODELS", "~/weights")
    assert cache_folder() == Path.home() / "weights"
    monkeypatch.delenv("TACIT_MODELS")
    assert cache_folder().is_absolute()
    assert cache_folder().parts[-2:] == ("tacit", "models")


def test_importing_and_opening_loads_no_model_runtime() -> None:
    script = (
        "import sys, tacit.models.open as o\n"
        "o.open_embedder('auto'); o.open_reranker('auto'); o.open_embedder('hashing:384')\n"
        "o.open_chat('none'); o.check_chat('openai:gpt')\n"
        "print(sorted({'onnxruntime', 'tokenizers', 'ssl', 'subprocess'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def write_table(folder: Path, table: object) -> None:
    import msgspec

    (folder / "models.json").write_bytes(msgspec.json.encode(table))
