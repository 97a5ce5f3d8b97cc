#!/bin/sh
# Writes requirements/*.txt from pyproject.toml: exact versions with hashes, for every platform and Python 3.11 to 3.14.
# `make pins` calls it; UPGRADE=1 moves to the newest versions, otherwise pins stay unless they no longer fit.
set -eu
cd "$(dirname "$0")/.."

pin() {
    output=requirements/$1.txt
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-config \
        --custom-compile-command "make pins" ${UPGRADE:+--upgrade} pyproject.toml "$@" --output-file "$output"
}

pin core --group build
pin dev --all-extras --group build --group dev --constraints requirements/core.txt
pin bench --extra index --group build --group bench
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-config \
    --custom-compile-command "make pins" ${UPGRADE:+--upgrade} --group pins --output-file requirements/pins.txt
