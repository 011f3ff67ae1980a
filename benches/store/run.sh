#!/usr/bin/env bash
# Loads a population into a new store, looks people up in it, changes it one record at a time, and
# writes the figures to benches/record/store.md (or to the file given). What it makes is kept in
# the scratch folder; the stores are made anew and take a gigabyte for a million records.
# usage: run.sh YIREN STORE_BENCH SCRATCH PERSONS [RECORD]
set -euo pipefail
yiren=$1 bench=$2 scratch=$3 persons=$4
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
record=${5:-$root/benches/record/store.md}
mkdir -p "$scratch"
work=$(mktemp -d "$scratch/store-XXXXXX")
trap 'rm -rf "$work"' EXIT

population() { # NAME PERSONS SEED
    local folder=$scratch/population-$1-$2-$3
    [[ -e $folder/truth.csv ]] || "$yiren" generate --persons "$2" --seed "$3" --out "$folder" >&2
    cat "$folder"/*.csv >/dev/null
    printf '%s\n' "$folder"
}

loads() { uptime | sed 's/.*load average: //'; }

old=$(population old "$persons" 5)
new=$(population new 30000 77)
before=$(loads)
/usr/bin/env bash -c 'time "$0" load "$1" "$2"' "$bench" "$work/store" "$old" >"$work/load" 2>"$work/load-log"
du -sb "$work/store" | cut -f1 >"$work/size"
cp -a "$work/store" "$work/sync"
"$bench" "$work/sync" "$old" "$new" 20000 128 >"$work/many"
rm -rf "$work/sync"
cold='not measured: only root may drop the caches of the system'
if [[ -w /proc/sys/vm/drop_caches ]]; then
    sync
    echo 3 >/proc/sys/vm/drop_caches
    "$bench" "$work/store" "$old" "$new" 2000 1 >"$work/one"
    cold=$(awk -F'\t' '/^lookup_first_median/ {m=$2} /^lookup_first_p99/ {p=$2} END {printf "median %s µs, p99 %s µs", m, p}' "$work/one")
else
    "$bench" "$work/store" "$old" "$new" 2000 1 >"$work/one"
fi

figure() { awk -F'\t' -v name="$2" '$1 == name {print $2}' "$work/$1"; }
loaded=$(figure load loaded) seconds=$(figure load load_seconds)
rate() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%d", a / b}'; }
cpu=$(awk '/^user|^sys/ {split($2, t, /[ms]/); s += 60 * t[1] + t[2]} END {printf "%.0f", s}' "$work/load-log")
met() { awk -v a="$1" -v op="$2" -v b="$3" 'BEGIN {print ((op == ">=" ? a >= b : a <= b) ? "met" : "**not met**")}'; }
per_record=$(rate "$(<"$work/size")" "$loaded")
first=$(rate "$loaded" "$seconds")
many=$(figure many one_at_a_time_per_second)
median=$(figure many lookup_again_median_us) p99=$(figure many lookup_again_p99_us)
{
    printf '# The store\n\n'
    printf '`make bench-store`, commit %s, %s; %s, %s cores, load average %s when it began and %s when it ended.\n\n' \
        "$(git -C "$root" rev-parse --short HEAD)" "$(date +%F)" \
        "$(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)" "$(nproc)" "$before" "$(loads)"
    printf 'A store of %s records of `yiren generate --persons %s --seed 5`, loaded from CSV files in the page cache; then 20,000 records of another population, each submitted by itself and acknowledged when it is on the disk, by 128 callers at once through `resolve::Queue`. A lookup finds a record by source and id, its entity, and all records of that.\n\n' "$loaded" "$persons"
    printf '| goal | measured | |\n| --- | --- | --- |\n'
    printf '| first load, resolved and durable: at least 20,000 records a second | %s (%s s, %s CPU s) | %s |\n' "$first" "$seconds" "$cpu" "$(met "$first" '>=' 20000)"
    printf '| one at a time: at least 3,000 a second | %s; %s with one caller, who waits for the disk each time | %s |\n' "$many" "$(figure one one_at_a_time_per_second)" "$(met "$many" '>=' 3000)"
    printf '| size: at most 1,500 bytes a record | %s | %s |\n' "$per_record" "$(met "$per_record" '<=' 1500)"
    printf '| lookup: median under 1 ms, p99 under 5 ms | %s µs, %s µs | %s |\n' "$median" "$p99" "$(met "$p99" '<=' 5000)"
    printf '| lookup, nothing cached by the system or the store | %s | |\n\n' "$cold"
    printf '## Phases of the first load\n\nSeconds from the start at which each began.\n\n'
    grep -E '^ +[0-9.]+ ' "$work/load-log" | awk '!seen[$2]++' | sed 's/^ */- /'
    printf '\n## Bytes of each family\n\n| family | bytes |\n| --- | --- |\n'
    awk -F'\t' '/^bytes_/ && $2 > 0 {sub("bytes_", "", $1); printf "| %s | %s |\n", $1, $2}' "$work/load"
} >"$work/record"
cp "$work/record" "$record"
cat "$record"
