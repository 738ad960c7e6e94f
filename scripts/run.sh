#!/usr/bin/env bash
# Serves OpenRouter when there is a key for it in the environment or in .env, else the sandbox.
set -euo pipefail
cd "$(dirname "$0")/.."

bursar=.build/debug/bursar

# An empty value counts as unset.
has_key() {
    local name='^[[:space:]]*(export[[:space:]]+)?OPENROUTER_API_KEY[[:space:]]*='
    [ -n "${OPENROUTER_API_KEY:-}" ] || grep -Eqs "${name}[[:space:]]*[\"']?[^\"'#[:space:]]" .env
}

if has_key; then exec "$bursar" serve "$@"; fi
echo "No OPENROUTER_API_KEY in the environment or in .env: serving the sandbox."
echo "It is a simulated OpenRouter. Nothing leaves this machine, and nothing is billed."
exec "$bursar" serve --sandbox "$@"
