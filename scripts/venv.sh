#!/usr/bin/env bash
# Makes .venv from the pinned requirements, anew when they changed; does nothing when it is right already.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=Tests/EndToEnd/requirements.txt
# A copy of what .venv was made from, written last: an installation that broke off is done again.
made_from=.venv/made-from.txt

if cmp -s "$requirements" "$made_from" && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi

echo "venv: making .venv from $requirements"
"$(scripts/python.sh)" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$made_from"
