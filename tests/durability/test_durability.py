"""The benchmark of durability, short: nothing that was acknowledged is lost, doubled, stuck or silently wrong."""

from pathlib import Path

import pytest

from bench import durability_crash, durability_damage, durability_disk, durability_index, durability_jobs


def test_what_was_acknowledged_survives_kill_9() -> None:
    result = durability_crash.kills(6, seed=11)
    assert (result["lost"], result["reopen_clean"], result["wrong"]) == (0, 6, [])
    assert result["acknowledged"]


def test_what_was_acknowledged_survives_a_power_cut() -> None:
    result = durability_crash.power_cuts(12, seed=11)
    assert (result["lost"], result["wrong"]) == (0, [])
    assert result["acknowledged"]


def test_the_disk_of_the_power_cuts_can_lose_what_was_not_synced() -> None:
    assert durability_crash.power_cuts(6, seed=11, deaf=("-wal",))["lost"]


def test_many_processes_write_at_once_without_an_error() -> None:
    result = durability_crash.writers(8, 6, seed=11)
    assert (result["errors"], result["wrong"], result["transactions"]) == (0, [], 48)


@pytest.mark.parametrize("real", [True, False])
def test_a_full_disk_is_a_typed_error_and_ends(real: bool) -> None:
    result = durability_disk.disk_full(seed=11, real=real, size=24 << 20)
    assert result["wrong"] == []


def test_a_damaged_file_is_never_silently_wrong() -> None:
    result = durability_damage.corruption(22, seed=11)
    assert (result["wrong_reads"], result["untyped"], result["log"]["wrong_reads"], result["wrong"]) == (0, 0, 0, [])
    assert result["detected"]


def test_a_spoilt_vector_index_changes_no_answer() -> None:
    assert durability_index.index(seed=11, more=(0,))["wrong"] == []


def test_effects_of_a_killed_worker_are_there_once() -> None:
    result = durability_jobs.jobs(seed=11, every=5, writes=3)
    assert (result["doubled"], result["lost"], result["stuck"], result["wrong"]) == (0, 0, 0, [])


def test_the_table_names_every_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from bench import durability

    assert durability.main(["--quick", "--json", "--only", "jobs"]) == 0
    assert '"doubled": 0' in capsys.readouterr().out
    assert durability.main(["--only", "luck"]) == 2
