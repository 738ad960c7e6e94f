#!/usr/bin/env bash
# Measures the gateway as ratios to nginx and, where it is installed, LiteLLM (bench/README.md says how to read it).
# Further arguments go to bench.py: `scripts/bench.sh --quick`.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v nginx >/dev/null; then
    echo "bench: installing nginx, the peer that everything is compared with"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light >/dev/null
fi
flags=(-c release --static-swift-stdlib --explicit-target-dependency-import-check error --product bursar)
swift build "${flags[@]}"
BURSAR=$(swift build "${flags[@]}" --show-bin-path)/bursar
export BURSAR
exec python3 bench/bench.py --ours "sh bench/start.sh {port} {upstream}" "$@"
