#!/bin/sh
# Installs requirements/$2.txt, by hash, and this project (editable) into the virtual environment $1, and stamps it $1/.$2.
# Of two that run at once the second waits and finds the work done.
set -eu
cd "$(dirname "$0")/.."
folder=$1 list=requirements/$2.txt stamp=$1/.$2 python=$1/bin/python

if [ -z "${INSTALL_LOCKED-}" ] && command -v flock >/dev/null 2>&1; then
    mkdir -p .cache
    INSTALL_LOCKED=1 exec flock .cache/install.lock sh scripts/install.sh "$@"
fi

newer() { [ ! -e "$1" ] || [ "$stamp" = "$1" ] || [ "$stamp" -nt "$1" ]; }
if [ -e "$stamp" ] && newer "$list" && newer pyproject.toml && newer "$folder/.core"; then
    exit 0
fi

echo "Installing $list into $folder (once) ..." >&2
sh scripts/venv.sh "$folder"
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$list"
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
touch "$stamp"
