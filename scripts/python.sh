#!/usr/bin/env bash
# Prints the first Python of at least 3.10 that can make a virtual environment.
set -euo pipefail

for python in python3 /usr/bin/python3; do
    command -v "$python" >/dev/null || continue
    "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 || continue
    command -v "$python"
    exit 0
done
echo "no Python of at least 3.10 with venv is here; on Debian: apt-get install python3-venv" >&2
exit 1
