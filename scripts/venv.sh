#!/bin/sh
# Makes a virtual environment in the folder $1 with the first fitting Python of this machine; keeps one that works.
# PYTHON=/path/to/python names the interpreter to use.
set -eu
folder=$1

fits() { # the versions for which every pinned package is published as a wheel
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

makes_environments() { # Debian and Ubuntu keep these in a package of their own
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

if [ -x "$folder/bin/python" ] && fits "$folder/bin/python" && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

incomplete=
for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python; do
    fits "$python" || continue
    if makes_environments "$python"; then
        rm -rf "$folder"
        "$python" -m venv "$folder"
        exit 0
    fi
    incomplete=${incomplete:-$python}
done

if [ -n "$incomplete" ]; then
    version=$("$incomplete" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "tacit cannot be installed: $incomplete has no venv and ensurepip modules." >&2
    echo "On Debian and Ubuntu: apt install python$version-venv (or python3-venv), then run make again." >&2
else
    found=$(python3 --version 2>/dev/null || echo "no python3")
    echo "tacit cannot be installed: it needs Python 3.11, 3.12, 3.13 or 3.14, and this machine has $found." >&2
    echo "Install one of them, or name one that is not on PATH: make PYTHON=/path/to/python3.12" >&2
fi
exit 1
