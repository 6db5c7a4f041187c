#!/usr/bin/env bash
# A model of Smile in a browser: trained for a moment on phantoms, exported as ONNX, run by onnxruntime-web (npm, MIT) in headless Chromium on one
# slice, and compared with smile predict at 1e-4 of probability. Needs node, npm and Debian's chromium, and a built Smile. Exit code 6 where it misses.
# usage: bash bench/onnx-web/check.sh [--show]   (--show: leaves the page up for a browser, at http://127.0.0.1:8765)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) work=$(mktemp -d) port=8765
trap 'rm -rf "$work"' EXIT
smile() { dotnet run -c Release --no-build --project "$here/../../src/Smile.Host" -- "$@"; }
tools=$here/../../artifacts/onnx-web
[ -d "$tools/node_modules/onnxruntime-web" ] || npm install --prefix "$tools" --no-fund --no-audit --ignore-scripts onnxruntime-web@1.30.0
smile phantom --output "$work/data" --cases 8 --seed 5
# At the images' own spacing: what brings slices to another is no part of the graph.
smile train --data "$work/data" --output "$work/run" --steps 200 --set data.spacing=native --set data.validation=0
smile export "$work/run" -o "$work/model.onnx"
smile predict --input "$work/data/imagesTr/case_001_0000.nii.gz" --output "$work/case.nii.gz" --model "$work/run" --probabilities
node "$here/serve.mjs" $port "$work/model.onnx" "$work/data/imagesTr/case_001_0000.nii.gz" "$work/case.nii.gz" "$tools/node_modules/onnxruntime-web/dist" &
server=$!
if [ "${1:-}" = --show ]; then echo "http://127.0.0.1:$port"; else
  sleep 2
  timeout 110 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/chromium" --remote-debugging-port=0 "http://127.0.0.1:$port/" >/dev/null 2>&1 &
  browser=$!
fi
code=0
wait $server || code=$?
[ -z "${browser:-}" ] || kill $browser 2>/dev/null || true
exit $code
