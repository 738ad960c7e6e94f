#!/usr/bin/env bash
# try-without-swift.sh BINARY: starts the sandbox with nothing but the binary, the system's own libraries and an empty
# environment, in an empty folder, and makes one call. With root it hides the Swift toolchain from the process altogether.
set -euo pipefail

binary=$(realpath "$1")
work=$(mktemp -d)
trap 'kill "${pid:-0}" 2>/dev/null || true; rm -rf "$work"' EXIT
cp "$binary" "$work/bursar"

hide='true'
swift=$(command -v swift || true)
if [ -n "$swift" ] && [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
    # The toolchain is two folders above its programs: /usr/bin is not hidden, a toolchain of its own is.
    toolchain=$(dirname "$(dirname "$(realpath "$swift")")")
    if [ "$toolchain" != / ] && [ "$toolchain" != /usr ]; then hide="mount -t tmpfs none '$toolchain'"; fi
    launch=(unshare -m sh -c "$hide && exec env -i PATH=/usr/bin:/bin PORT=0 ./bursar serve --sandbox")
else
    launch=(env -i PATH=/usr/bin:/bin PORT=0 ./bursar serve --sandbox)
fi

cd "$work"
"${launch[@]}" >out.txt 2>err.txt &
pid=$!
for _ in $(seq 100); do
    url=$(sed -nE 's/^Bursar listens on (http[^ ]+).*/\1/p' out.txt)
    [ -n "$url" ] && break
    kill -0 "$pid" 2>/dev/null || { cat err.txt >&2; exit 1; }
    sleep 0.1
done
[ -n "$url" ] || { echo "it does not listen after 10 s" >&2; cat out.txt err.txt >&2; exit 1; }
python3 - "$url" <<'PYTHON'
import json, sys, urllib.request
body = json.dumps({"model": "openai/gpt-5.2", "max_tokens": 20, "messages": [{"role": "user", "content": "Say hello."}]})
request = urllib.request.Request(sys.argv[1] + "/v1/chat/completions", body.encode(), {"content-type": "application/json"})
with urllib.request.urlopen(request, timeout=20) as answer:
    print("a call without Swift:", answer.status, "cost", answer.headers["x-bursar-cost"])
PYTHON
