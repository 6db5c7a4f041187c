#!/usr/bin/env bash
# The pictures of docs/screenshots.md: a quick demo and a smoke study are run, and headless Chromium takes parts of their reports.
# Needs Debian's packages chromium and webp, and a built Smile. usage: bash docs/screenshots.sh [FOLDER]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$here/docs/pictures} scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
smile() { dotnet run -c Release --no-build --project "$here/src/Smile.Host" -- "$@"; }
take() { # take NAME HEIGHT FILE HEADING: from the heading down
  python3 - "$3" "$4" >"$scratch/part.html" <<'PY'
import re, sys
page, heading = open(sys.argv[1], encoding="utf-8").read(), sys.argv[2]
start = page.index("<h2>" + heading)
body = page.index("<body>") + len("<body>")
print(page[:body] + page[start:])
PY
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1120,"$2" \
    --screenshot="$scratch/$1.png" "file://$scratch/part.html" >/dev/null 2>&1
  cwebp -quiet -q 60 "$scratch/$1.png" -o "$out/$1.webp"
  echo "$out/$1.webp: $(stat -c %s "$out/$1.webp") bytes"
}
mkdir -p "$out"
smile demo --quick --output "$scratch/demo"
smile phantom --output "$scratch/few" --cases 8 --seed 5
smile train --data "$scratch/few" --output "$scratch/run" --steps 300 --set data.validation=0.4
take report-dice 420 "$scratch/demo/report.html" "Dice per organ"
take report-cases 760 "$scratch/demo/report.html" "Truth and predictions"
take report-ambiguity 430 "$scratch/demo/report.html" "Ambiguity map"
take report-rounds 620 "$scratch/demo/report.html" "SMILEr: pixels added"
take report-scores 640 "$scratch/run/report.html" "Means by organ"
