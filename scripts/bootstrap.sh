#!/usr/bin/env bash
# Makes the machine able to build yiren: silent and harmless when it already is. Commands named
# as arguments are needed too, each from the Debian package of its name.
# Installs missing Debian packages as root or through sudo; where neither is possible,
# says exactly what to install. Exit 0: ready; 2: something is missing.
set -euo pipefail

fail() {
    printf 'yiren: %s\n' "$@" >&2
    exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# Debian's packages for C and C++ compilers that can link, and for reading C headers: zstd and
# mimalloc are built from C, RocksDB from C++, and its functions are found in its header.
missing=()
have cc || missing+=(gcc)
have c++ || missing+=(g++)
if have dpkg; then
    dpkg -s libc6-dev >/dev/null 2>&1 || missing+=(libc6-dev)
    [[ -n ${LIBCLANG_PATH:-} ]] || dpkg -s libclang-dev >/dev/null 2>&1 || missing+=(libclang-dev)
fi
for command in "$@"; do
    have "$command" || missing+=("$command")
done

if ((${#missing[@]} > 0)); then
    command="apt-get install -y ${missing[*]}"
    have apt-get || fail "install what your system has in place of Debian's packages: ${missing[*]}"
    if [[ $(id -u) == 0 ]]; then
        as_root=()
    elif have sudo && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        fail "missing packages: ${missing[*]}" "install them with: sudo $command" "then run make again"
    fi
    printf 'yiren: installing %s\n' "${missing[*]}" >&2
    # Apt's chatter goes to stderr: stdout is for results.
    {
        "${as_root[@]}" apt-get update -qq &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
    } >&2 || fail "apt-get failed; as root, run: apt-get update && $command"
fi

PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
cargo --version >/dev/null 2>&1 ||
    fail "cargo is missing, or rustup has no toolchain yet" "install Rust from https://rustup.rs, or run: rustup default stable"
