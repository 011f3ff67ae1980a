#!/usr/bin/env bash
# Builds RocksDB once into a folder that every target folder links, and tells cargo of it in
# the settings of this clone (.cargo/config.toml, not in git), so that cargo by hand
# links the same. Whoever sets ROCKSDB_LIB_DIR has a RocksDB of their own, and nothing is done.
# usage: rocksdb.sh CACHE
#
# The sources are those of the crate librocksdb-sys in Cargo.lock. Its own build compiles 340 files
# one by one, most of which is the same headers again and again; RocksDB can as well be compiled
# many files in one unit, as its own `make unity_test` does, in a third of the time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cache=$1
UNITS=20
[[ -z ${ROCKSDB_LIB_DIR:-} ]] || exit 0
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

fail() {
    printf 'yiren: %s\n' "$@" >&2
    exit 2
}

# Where cargo keeps the sources of a crate, and its version.
crate() {
    cargo metadata --format-version 1 --quiet |
        tr ',' '\n' | sed -n "s|^\"manifest_path\":\"\(.*/$1-[0-9][^/]*\)/Cargo.toml\"$|\1|p" | head -n 1
}
source=$(crate librocksdb-sys)
lz4=$(crate lz4-sys)
[[ -n $source && -n $lz4 ]] || fail "cargo does not say where librocksdb-sys and lz4-sys are"

flags=(-std=c++20 -O2 -w -fPIC -ffunction-sections -fdata-sections -include cstdint
    -DNDEBUG=1 -DLZ4=1 -DHAVE_ALIGNED_NEW -DHAVE_UINT128_EXTENSION -DOS_LINUX
    -DROCKSDB_PLATFORM_POSIX -DROCKSDB_LIB_IO_POSIX -DROCKSDB_SCHED_GETCPU_PRESENT
    -DROCKSDB_AUXV_GETAUXVAL_PRESENT -DROCKSDB_FALLOCATE_PRESENT -DROCKSDB_RANGESYNC_PRESENT)
case $(uname -m) in
    # Checksums in hardware, which every x86-64 server since 2010 has.
    x86_64) flags+=(-msse4.2 -mpclmul) ;;
    aarch64) flags+=(-march=armv8-a+crc+aes+crypto) ;;
esac

# Another version, compiler or flag is another library.
key=$({ printf '%s\n' "$UNITS" "${flags[@]}"; c++ --version | head -n 1; } | sha256sum | cut -c1-16)
folder=$cache/$(basename "$source")-$key
if [[ ! -e $folder/librocksdb.a ]]; then
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/building.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    printf 'yiren: building RocksDB, once, into %s: some minutes\n' "$folder" >&2
    mapfile -t files < <(grep -v '^util/build_version.cc$' "$source/rocksdb_lib_sources.txt")
    for place in "${!files[@]}"; do
        printf '#include "%s"\n' "$source/rocksdb/${files[place]}" >>"$work/unit$((place * UNITS / ${#files[@]})).cc"
    done
    cp "$source/build_version.cc" "$work/"
    for folder_of in rocksdb/include rocksdb . rocksdb/third-party/gtest-1.8.1/fused-src; do
        flags+=("-I$source/$folder_of")
    done
    flags+=("-I$lz4/liblz4/lib")
    if ! (cd "$work" && printf '%s\0' ./*.cc | xargs -0 -n 1 -P "$(nproc)" c++ "${flags[@]}" -c); then
        fail "RocksDB cannot be compiled; see above, or set ROCKSDB_LIB_DIR to a RocksDB of your own"
    fi
    ar crs "$work/librocksdb.a" "$work"/*.o
    mkdir -p "$folder"
    mv "$work/librocksdb.a" "$folder/"
fi
mark='# Written by scripts/rocksdb.sh.'
settings=$(printf '%s\n[env]\nROCKSDB_LIB_DIR = "%s"\nROCKSDB_STATIC = "1"\n' "$mark" "$folder")
mkdir -p .cargo
if [[ ! -e .cargo/config.toml || $(head -n 1 .cargo/config.toml) == "$mark" ]]; then
    [[ -e .cargo/config.toml && $(<.cargo/config.toml) == "$settings" ]] || printf '%s\n' "$settings" >.cargo/config.toml
else
    fail ".cargo/config.toml is not ours to change: add to it what follows, or set ROCKSDB_LIB_DIR" "$settings"
fi
