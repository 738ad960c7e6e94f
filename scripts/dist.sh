#!/usr/bin/env bash
# Builds dist/bursar-VERSION-ARCH.tar.gz: one optimised binary with the Swift standard library inside, a systemd unit, the
# settings with their explanations, and the papers. The binary needs glibc, libstdc++ and SQLite, which Debian has as
# libc6, libstdc++6 and libsqlite3-0; it needs no Swift.
set -euo pipefail
cd "$(dirname "$0")/.."

flags=(-c release --static-swift-stdlib --explicit-target-dependency-import-check error --product bursar)
swift build "${flags[@]}"
binary=$(swift build "${flags[@]}" --show-bin-path)/bursar

version=$(git describe --tags --always --dirty 2>/dev/null || echo unversioned)
name=bursar-$version-$(uname -m)
folder=dist/$name
rm -rf "$folder"
mkdir -p "$folder"
strip --strip-debug -o "$folder/bursar" "$binary"
cp README.md CHANGELOG.md LICENSE .env.example deploy/systemd/bursar.service "$folder/"

# Nothing of the toolchain may be needed where it will run.
if ldd "$folder/bursar" | grep -iE 'swift|Foundation|dispatch'; then
    echo "dist: the binary still needs Swift's libraries" >&2
    exit 1
fi
scripts/try-without-swift.sh "$folder/bursar"

tar -C dist -czf "dist/$name.tar.gz" "$name"
(cd dist && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "dist: dist/$name.tar.gz, $(du -h "dist/$name.tar.gz" | cut -f1)"
