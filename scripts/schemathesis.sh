#!/usr/bin/env bash
# Holds the service against its own OpenAPI document with schemathesis: as every role, whatever the
# document allows is sent, and no answer may be a failure of ours or of another shape than described.
# usage: schemathesis.sh YIREN VENV [EXAMPLES]
set -euo pipefail
yiren=$1 venv=$2 examples=${3:-40}
[[ -x $venv/bin/schemathesis ]] || {
    python3 -c 'import ensurepip, venv' 2>/dev/null || {
        echo "test-api: Python's venv module is needed: apt-get install python3-venv" >&2
        exit 2
    }
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet install 'schemathesis>=4,<5'
}
work=$(mktemp -d)
serving=
trap '[[ -z $serving ]] || kill "$serving"; rm -rf "$work"' EXIT
"$yiren" generate --persons 500 --seed 3 --out "$work/population" >/dev/null
"$yiren" load --store "$work/store" "$work/population" >/dev/null
mkfifo "$work/told"
YIREN_REQUESTS_PER_SECOND=1000000 YIREN_LOG=warn "$yiren" --lang en serve --store "$work/store" --listen 127.0.0.1:0 >"$work/told" &
serving=$!
read -r _ _ address _ <"$work/told"
for role in approver investigator steward loader auditor admin; do
    key=$("$yiren" keys add --store "$work/store" --role "$role" 2>/dev/null)
    # Streams have no end, or no JSON.
    "$venv/bin/schemathesis" run "$address/openapi.json" --header "Authorization: Bearer $key" --seed 1 \
        --max-examples "$examples" --exclude-path /v1/changes --exclude-path /v1/records/bulk \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        >"$work/$role.log" 2>&1 || { cat "$work/$role.log"; exit 1; }
    printf '%s: %s\n' "$role" "$(grep -E 'generated, .* passed' "$work/$role.log" | sed 's/^ *//')"
done
kill "$serving"
wait "$serving"
serving=
"$yiren" store check --store "$work/store" >/dev/null
