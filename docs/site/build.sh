#!/usr/bin/env bash
# One static site of all pages and of the API of Smile.Net and Smile.Kernels, by docfx (MIT, a dotnet tool), into artifacts/site.
# Exit code 6 where a page links to a file, a heading or a type that is not there. usage: bash docs/site/build.sh, after a build of Release
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=artifacts/tools work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -x "$tools/docfx" ] || dotnet tool install --tool-path "$tools" docfx --version 2.81.0
# Tracked files alone, with README.md at the root as on the repository's own page; docs/site is no part of it.
git ls-files -z -- '*.md' docs bench/results weights LICENSE '*.sh' '*.py' '*.cs' | grep -zv '^docs/site/' | xargs -0 cp --parents -t "$work"
cp docs/site/docfx.json docs/site/toc.yml "$work"
mkdir "$work/dll"
for each in Smile.Net Smile.Kernels; do cp "artifacts/bin/$each/release/"*.dll "artifacts/bin/$each/release/$each.xml" "$work/dll"; done
printf -- '---\n_layout: landing\n---\n\n' | cat - README.md >"$work/index.md"
"$tools/docfx" "$work/docfx.json" >"$work/log" 2>&1 || { tail -20 "$work/log"; exit 1; }
rm -rf artifacts/site
mv "$work/_site" artifacts/site
if grep -E 'InvalidFileLink|InvalidBookmark|UidNotFound|InvalidTocLink' "$work/log"; then exit 6; fi
echo "artifacts/site: $(find artifacts/site -name '*.html' | wc -l) pages, $(du -sm artifacts/site | cut -f1) MB; every link is answered"
