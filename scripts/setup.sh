#!/usr/bin/env bash
# Makes this machine able to build and test Bursar. Installs only what is missing, and says what it does;
# says nothing when nothing is missing. `setup.sh browser` adds what the tests in Tests/Browser drive, `setup.sh proofs` what
# Tests/Proofs needs.
set -euo pipefail

needed_swift=6.2

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

check_swift() {
    local version
    command -v swift >/dev/null ||
        fail "swift is not on PATH. Install Swift $needed_swift or later: https://www.swift.org/install"
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+(\.[0-9]+)*).*/\1/p' | head -n 1) || true
    [ -n "$version" ] || fail "'swift --version' does not tell a version; is the toolchain complete?"
    [ "$(printf '%s\n' "$needed_swift" "$version" | sort -V | head -n 1)" = "$needed_swift" ] ||
        fail "swift is $version, Bursar needs $needed_swift or later: https://www.swift.org/install"
}

# Any of these files or directories.
have_any() {
    local path
    for path in "$@"; do [ -e "$path" ] && return 0; done
    return 1
}

# The Debian packages whose use is not possible yet. Looks at the thing itself, not at the package, so that what came
# from elsewhere counts too.
missing_packages() {
    command -v git >/dev/null || echo git
    command -v make >/dev/null || echo make
    have_any /usr/include/sqlite3.h /usr/local/include/sqlite3.h || echo libsqlite3-dev
    have_any /usr/include/zlib.h /usr/local/include/zlib.h || echo zlib1g-dev
    have_any /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt || echo ca-certificates
    scripts/python.sh >/dev/null 2>&1 || echo python3-venv
    case "$with" in
        browser)
            command -v chromium >/dev/null || command -v google-chrome >/dev/null || echo chromium
            command -v chromedriver >/dev/null || echo chromium-driver
            ;;
        proofs) have_any /usr/lib/*/faketime/libfaketimeMT.so.1 || echo faketime ;;
    esac
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

install_packages() {
    command -v apt-get >/dev/null ||
        fail "missing: $*. These are Debian's names, and apt-get is not here: install their like by hand."
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        fail "missing: $*. Neither root nor sudo is here; ask an administrator for: apt-get install $*"
    echo "setup: installing $*"
    as_root apt-get update -qq </dev/null ||
        echo "setup: package lists could not be updated, trying the present ones" >&2
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null ||
        fail "apt-get could not install: $*"
}

with=${1:-}
cd "$(dirname "$0")/.."
check_swift
# Elsewhere than on Linux, SQLite and the trust roots come with the system.
[ "$(uname -s)" = Linux ] || exit 0
missing=$(missing_packages)
# shellcheck disable=SC2086 # one word per package
[ -z "$missing" ] || install_packages $missing
missing=$(missing_packages)
[ -z "$missing" ] || fail "still missing after the installation: ${missing//$'\n'/ }"
