"""What a newcomer meets first: a message that names the missing package or Python, and a guarded network."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make_venv(folder: Path, answer: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/venv.sh where `python3` is a program that answers as given, and there is no other Python."""
    programs = folder / "bin"
    programs.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14", "python"):
        (programs / name).write_text(f"#!/bin/sh\n{answer}\n", "utf-8")
        (programs / name).chmod(0o755)
    environment = {"PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    command = ["sh", str(ROOT / "scripts" / "venv.sh"), str(folder / "a venv")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_python_without_venv_is_told_the_package_to_install(tmp_path: Path) -> None:
    ran = make_venv(tmp_path, 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.12;; esac')
    assert ran.returncode == 1
    assert "apt install python3.12-venv" in ran.stderr
    assert not (tmp_path / "a venv").exists()


def test_an_old_python_is_told_which_ones_will_do(tmp_path: Path) -> None:
    ran = make_venv(tmp_path, 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    assert ran.returncode == 1
    assert "needs Python 3.11, 3.12, 3.13 or 3.14, and this machine has Python 3.9.2" in ran.stderr


def test_make_alone_lists_every_target() -> None:
    said = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {target} " in said for target in ("demo", "test", "check", "bench", "health"))


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com"])
def test_a_test_that_leaves_this_machine_fails(host: str) -> None:
    with pytest.raises(RuntimeError, match=f"a test reached for {host}"):
        socket.create_connection((host, 443), timeout=1)


def test_a_test_may_talk_to_its_own_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
