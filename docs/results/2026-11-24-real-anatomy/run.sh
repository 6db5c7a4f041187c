#!/usr/bin/env bash
# The two labelled subjects of the shared data, pancreas taken away from the second, relabelled: run.sh OUT [SMILE...]
# OUT is a new folder outside the repository; SMILE is the program (default: dotnet run of this checkout).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
source=${SMILE_TEST_DATA:-$top/../shared/data}/totalsegmentator
out=${1:?name a new folder for the results}
shift
smile=("$@")
[ ${#smile[@]} -gt 0 ] || smile=(dotnet run -c Release --project "$top/src/Smile.Host" --)
source=$(cd "$source" && pwd)
mkdir -p "$out/pairs/images" "$out/pairs/labels"
cd "$out"

# A1: NIfTI with its label map; of the 117 labels three are organs here, the rest is background.
ln -s "$source/example_ct.nii.gz" pairs/images/a1.nii.gz
ln -s "$source/example_seg_fast_force_split.nii.gz" pairs/labels/a1.nii.gz
awk -F'\t' 'BEGIN { printf "{ \"labels\": { \"0\": \"background\"" }
    NR > 1 { printf ", \"%s\": \"%s\"", $1, $2 ~ /^(liver|stomach|pancreas)$/ ? $2 : "background" }
    END { print " } }" }' "$source/labels_total_v2_117.tsv" > pairs/labels/labels.json

# A2: a DICOM series (JPEG 2000) without a DICOM segmentation becomes NIfTI, a test case beside A1; its label map is NIfTI on the same grid.
"${smile[@]}" dataset import pairs "$source/example_ct_dicom" -o converted
ln -s "$PWD/converted/imagesTs/case_0002_0000.nii.gz" pairs/images/a2.nii.gz
ln -s "$source/example_seg_dicom.nii.gz" pairs/labels/a2.nii.gz

# Both on one spacing; nobody drew the pancreas of the second.
"${smile[@]}" dataset import pairs --spacing 3,3,3 -o data
echo '{ "case_0001": ["liver", "stomach", "pancreas"], "case_0002": ["liver", "stomach"] }' > data/annotations.json
"${smile[@]}" dataset check data

"${smile[@]}" train --data data --output run --method smiler --config "$here/settings.toml"
# The model that round 2 asked, and all that it proposes.
"${smile[@]}" relabel --data data --output relabelled --model run/rounds/t2/before.safetensors --gamma 1 --report
"${smile[@]}" relabel --output relabelled --ledger
