#!/usr/bin/env bash
# Loads a population into a new store, builds its index, searches it, and writes the figures to
# benches/record/search.md (or to the file given). The population is kept in the scratch folder; the
# store is made anew and takes a gigabyte for a million records.
# usage: run.sh YIREN SEARCH_BENCH SCRATCH PERSONS RATES [RECORD]; RATES is what the golden list came to
set -euo pipefail
yiren=$1 bench=$2 scratch=$3 persons=$4 rates=$5
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
record=${6:-$root/benches/record/search.md}
mkdir -p "$scratch"
work=$(mktemp -d "$scratch/search-XXXXXX")
trap 'rm -rf "$work"' EXIT

population=$scratch/population-old-$persons-5
[[ -e $population/truth.csv ]] || "$yiren" generate --persons "$persons" --seed 5 --out "$population" >&2
loads() { uptime | sed 's/.*load average: //'; }

"$yiren" load --store "$work/store" "$population" >&2
before=$(loads)
"$bench" "$work/store" 200 >"$work/figures"

figure() { awk -F'\t' -v name="$1" -v place="$2" '$1 == name {print $place}' "$work/figures"; }
met() { awk -v a="$1" -v b="$2" 'BEGIN {print (a <= b ? "met" : "**not met**")}'; }
p95=$(figure all 4) bytes=$(figure bytes_per_record 2)
{
    printf '# The search\n\n'
    printf '`make bench-search`, commit %s, %s; %s, %s cores, load average %s when it began and %s when it ended.\n\n' \
        "$(git -C "$root" rev-parse --short HEAD)" "$(date +%F)" \
        "$(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)" "$(nproc)" "$before" "$(loads)"
    printf 'The index of a store of %s records of `yiren generate --persons %s --seed 5`, built in %s s. Questions are made from records of the store, each asked once before it is timed; a question gives ten hits with their cells, marks and persons, and counts by source, county and state. One thread.\n\n' \
        "$(figure records 2)" "$persons" "$(figure build_seconds 2)"
    printf '| goal | measured | |\n| --- | --- | --- |\n'
    printf '| 95 of 100 questions under 50 ms | %s ms | %s |\n' "$p95" "$(met "$p95" 50)"
    printf '| index: at most 400 bytes a record | %s | %s |\n\n' "$bytes" "$(met "$bytes" 400)"
    printf '## Questions by kind\n\nMilliseconds.\n\n| kind | questions | median | p95 | slowest |\n| --- | --- | --- | --- | --- |\n'
    awk -F'\t' 'NF == 5 {gsub("_", " ", $1); printf "| %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5}' "$work/figures"
    printf '\n## Found at rank one\n\nThe golden list, `golden-datasets/queries/queries.csv`, over 20,000 invented people; most of the questions that find another first are met by several people, as `tests/search/golden.rs` says.\n\n'
    printf '| kind | questions | first |\n| --- | --- | --- |\n'
    awk -F'\t' 'NF == 3 {printf "| %s | %s | %s |\n", $1, $2, $3}' "$rates"
} >"$work/record"
cp "$work/record" "$record"
cat "$record"
