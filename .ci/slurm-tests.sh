#!/usr/bin/env bash
# Under Slurm (with-slurm.sh): a study in two shards, one of which is requeued, and a training on two ranks. PATH has 'smile'.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
cd "$at"
study=(--preset smoke --splits 1 --alpha 0 0.5 --method smile smiler --set train.steps=120 --set run.save_every=10 --set run.threads=1)
smile experiment "${study[@]}" --output whole --quiet >whole.txt

job=$(sbatch --parsable --array=1-2 --cpus-per-task=1 "$root/docs/study-array.sbatch" "${study[@]}" --output shards)
for ((i = 0; i < 600; i++)); do # until the first shard is in the middle of a cell
  if grep -qs '"step":20,' shards/work/*/log.jsonl; then break; fi
  sleep 0.05
done
grep -qs '"step":20,' shards/work/*/log.jsonl || { echo "shard 1 makes no step"; cat study-*.txt; exit 1; }
scontrol requeue "${job}_1"
sleep 1
scontrol update "jobid=${job}_1" StartTime=now 2>/dev/null || true
while squeue --noheader --jobs "$job" 2>/dev/null | grep -q .; do sleep 0.2; done
scontrol show job "${job}_1" | grep -E 'Restarts=1' >/dev/null || { echo "shard 1 was not requeued"; cat study-*.txt; exit 1; }
cmp whole/results.csv shards/results.csv || { cat study-*.txt; exit 1; }
echo "two shards, one of them requeued: the results of the study in one process"

smile phantom --output phantoms --cases 4 --size 12x48x48 --quiet >phantoms.txt
train=(train --data phantoms --steps 12 --device cpu --threads 1 --set train.size=48 --set train.batch=4 --set train.leaf=2 --set run.save_every=5 --quiet)
smile "${train[@]}" --output one >one.txt
# Debian's plugin opens a file of the -dev package.
if ! srun --mpi=pmix true 2>pmix.txt; then echo "skipped: srun has no --mpi=pmix here (libpmix-dev): $(head -1 pmix.txt)"; exit 0; fi
srun --mpi=pmix --ntasks=2 --kill-on-bad-exit smile "${train[@]}" --output two >two.txt
cmp one/checkpoints/final.safetensors two/checkpoints/final.safetensors
echo "two ranks under srun: the weights of one process"
