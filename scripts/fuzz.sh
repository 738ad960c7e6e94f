#!/usr/bin/env bash
# Fuzzes what reads bytes from outside, with libFuzzer and address sanitizer: request bodies, usage, event streams, headers
# of images and sound. `scripts/fuzz.sh [SECONDS]` runs each target for so long (default 60). Findings are written to
# dist/fuzz; Tests/Fuzz/corpus holds the inputs that it starts from.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
targets=${TARGETS:-body usage events media}
out=$PWD/dist/fuzz
mkdir -p "$out"
flags=(-O -wmo -parse-as-library -swift-version 6 -sanitize=address -module-cache-path "$out/cache" -I "$out"
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature NonisolatedNonsendingByDefault)

# The modules below Upstream, and the files of Upstream that need no socket.
for module in ExactMoney Pricing; do
    swiftc "${flags[@]}" -sanitize=fuzzer -emit-module -emit-object -module-name "$module" \
        -emit-module-path "$out/$module.swiftmodule" -o "$out/$module.o" Core/Sources/"$module"/*.swift
done
mapfile -t readers < <(grep -rLE '^(public |internal |private |fileprivate )?import (NIO|Logging|Crypto)' --include='*.swift' Sources/Upstream | sort)

status=0
for target in $targets; do
    swiftc "${flags[@]}" -sanitize=fuzzer -D "FUZZ_${target^^}" -module-name Upstream -o "$out/$target" \
        "${readers[@]}" Tests/Fuzz/FuzzTargets.swift "$out/ExactMoney.o" "$out/Pricing.o" \
        2> >(grep -v 'Cannot export local symbol' >&2)
    mkdir -p "$out/corpus-$target" "$out/findings-$target"
    echo "fuzz: $target for $seconds s"
    "$out/$target" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$out/findings-$target/" "$out/corpus-$target" "Tests/Fuzz/corpus/$target" \
        >"$out/$target.log" 2>&1 || status=1
    grep -E 'stat::number_of_executed_units|SUMMARY|ERROR|Fatal error' "$out/$target.log" || true
done
find "$out"/findings-* -type f -print
exit $status
