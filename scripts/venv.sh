#!/usr/bin/env bash
# Makes a virtual environment from pinned requirements, anew when they changed; does nothing when it is right already.
#   venv.sh           .venv, for the end-to-end tests and most proofs
#   venv.sh proofs    .venv-proofs, with the further clients that only `make prove` runs
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
    "") venv=.venv requirements=(Tests/EndToEnd/requirements.txt) ;;
    proofs) venv=.venv-proofs requirements=(Tests/EndToEnd/requirements.txt Tests/Proofs/requirements.txt) ;;
    *) echo "venv: unknown: $1" >&2; exit 64 ;;
esac
# A copy of what it was made from, written last: an installation that broke off is done again.
made_from=$venv/made-from.txt

if cat "${requirements[@]}" | cmp -s - "$made_from" && "$venv/bin/python" -c '' 2>/dev/null; then exit 0; fi

echo "venv: making $venv from ${requirements[*]}"
"$(scripts/python.sh)" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${requirements[@]/#/--requirement=}"
cat "${requirements[@]}" >"$made_from"
