#!/usr/bin/env bash
# `make run`: start the service on this machine, wait until it is ready, show two calls and the cards of one chart.
set -euo pipefail
cd "$(dirname "$0")/.."

base="http://${CDS_HOST:-127.0.0.1}:${CDS_PORT:-8080}"
mkdir -p var
.venv/bin/cds-service serve 2>>var/audit.log &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT INT TERM

for _ in $(seq 100); do
    if .venv/bin/python -c "import urllib.request as u; u.urlopen('$base/readyz', timeout=1)" 2>/dev/null; then
        ready=yes
        break
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
if [ -z "${ready:-}" ]; then
    echo "The service did not start. Its last words:" >&2
    tail -n 5 var/audit.log >&2
    exit 1
fi

folder=fhir_fixtures/${FIXTURE:-hip-unguided-obese}
as_of=$(sed -n 's/^as_of = "\(.*\)"/\1/p' "$folder/case.toml")
echo "The service answers at $base (audit lines: var/audit.log; store: var/)."
echo
echo "  curl $base/cds-services"
echo "  curl -H 'Content-Type: application/json' --data @$folder/chart.json '$base/playground/evaluate?asOf=$as_of'"
echo
echo "What a clinician would read for $folder:"
echo
.venv/bin/cds-service try "$folder"
echo
echo "Ctrl-C stops it."
wait "$server"
