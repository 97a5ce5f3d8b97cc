"""A file of each schema that ever landed opens, keeps what was in it, and goes on: it is learned from as well."""

import gzip
from pathlib import Path

import pytest

import tacit

SCHEMAS = sorted(Path(__file__).with_name("schemas").glob("*.tacit.gz"))


@pytest.mark.parametrize("packed", SCHEMAS, ids=lambda path: path.name[:4])
def test_a_file_of_an_older_schema_opens_with_everything_in_it(packed: Path, tmp_path: Path):
    path = tmp_path / "memory.tacit"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    with tacit.open(path, namespace="acme/old", embedder="hashing:64", worker=False) as memory:
        assert memory.stats().items == {"fact": 2, "message": 1, "episode": 1}
        assert memory.recall("which port", kinds=["fact"]).results[0].item.text == "the port is 9090"
        assert [one.text for one in memory.open_episodes()] == ["left open"]
        assert [problem for _, _, problem in memory.check() if problem] == []
        assert memory.flush()
        assert memory.patterns(), "what an older tacit recorded is learned from"
        if packed.name >= "0002":
            assert [case.query for case in memory.cases()] == ["which port"]
            assert [memory.policy.half_life_days, len(memory.trials())] == [200.0, 1]
    with tacit.open(path, namespace="acme/old", embedder="hashing:64", worker=False) as memory:
        assert [problem for _, _, problem in memory.check() if problem] == []
