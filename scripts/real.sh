#!/usr/bin/env bash
# Installs what `make test-real` checks exporters against: Prometheus from Debian, Phoenix, moto and OTLP's descriptors from
# PyPI into .venv-real. Does nothing when all is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null; then
    echo "real: installing prometheus"
    as_root apt-get update -qq </dev/null || echo "real: package lists could not be updated, trying the present ones" >&2
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends prometheus </dev/null >/dev/null
fi

requirements=Tests/Real/requirements.txt
made_from=.venv-real/made-from.txt
if ! cmp -s "$requirements" "$made_from" || ! .venv-real/bin/python -c '' 2>/dev/null; then
    echo "real: making .venv-real from $requirements; Phoenix is large"
    "$(scripts/python.sh)" -m venv --clear .venv-real
    .venv-real/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
    cp "$requirements" "$made_from"
fi
