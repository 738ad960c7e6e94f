#!/bin/sh
# start.sh PORT UPSTREAM: the gateway as the benchmark runs it: budgets on, a ledger on disk, every reservation flushed.
set -eu
cd "${WORK:?a scratch folder}"
exec env PORT="$1" HOST=127.0.0.1 OPENROUTER_API_KEY=bench OPENROUTER_BASE_URL="http://127.0.0.1:$2/v1" \
    DEFAULT_DAILY_BUDGET=1000000 DEFAULT_MONTHLY_BUDGET=10000000 LEDGER_URL="sqlite:$WORK/bench.db" \
    LOG_LEVEL="${LOG_LEVEL:-info}" "${BURSAR:?the gateway}" serve
