#!/usr/bin/env bash
# Makes the Python environment of the peers, once for each state of requirements.txt, and prints
# its folder. Exit 0: ready; 2: Python or its venv module is missing.
set -euo pipefail

requirements=$(dirname "$0")/requirements.txt
venv=${XDG_CACHE_HOME:-$HOME/.cache}/yiren/peers-venv
installed=$venv/installed.txt

if ! cmp -s "$requirements" "$installed"; then
    rm -rf "$venv"
    python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
        echo "bench-peers: Python 3.11 or later with its venv module is needed: apt-get install python3-venv" >&2
        exit 2
    }
    echo "bench-peers: installing the peers into $venv" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
    cp "$requirements" "$installed"
fi
echo "$venv"
