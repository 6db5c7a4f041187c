#!/usr/bin/env bash
# A Slurm of one node on this machine, for as long as a command runs: with-slurm.sh COMMAND...
# munge runs as its own user, slurmctld and slurmd as root; no cgroups. All of it lies in a folder of its own and listens on ports of its own.
# Exit code 77 where it cannot be had here.
set -uo pipefail
[ "$(id -u)" = 0 ] || { echo "Slurm is not started: this is not root"; exit 77; }
for each in munged slurmctld slurmd sbatch srun; do
  command -v $each >/dev/null || { echo "Slurm is not started: $each is not installed"; exit 77; }
done
at=$(mktemp -d /tmp/smile-slurm.XXXXXX)
chmod 755 "$at"
pids=()
stop() {
  scancel --me >/dev/null 2>&1
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
  [ -n "${KEEP:-}" ] || rm -rf "$at"
}
trap stop EXIT
mkdir "$at/munge" "$at/state" "$at/spool"
head -c 128 /dev/urandom >"$at/munge/key"
chmod 400 "$at/munge/key"
chown -R munge "$at/munge"
runuser -u munge -- munged --foreground --key-file="$at/munge/key" --socket="$at/munge/socket" --log-file="$at/munge/log" \
  --pid-file="$at/munge/pid" --seed-file="$at/munge/seed" >"$at/munged.log" 2>&1 &
pids+=($!)
host=$(hostname -s)
port=$((20000 + $$ % 20000))
cat >"$at/slurm.conf" <<EOF
ClusterName=smile
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$at/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0,requeue_delay=1
ReturnToService=2
StateSaveLocation=$at/state
SlurmdSpoolDir=$at/spool
SlurmctldPidFile=$at/slurmctld.pid
SlurmdPidFile=$at/slurmd.pid
SlurmctldLogFile=$at/slurmctld.log
SlurmdLogFile=$at/slurmd.log
KillWait=30
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
export SLURM_CONF=$at/slurm.conf
slurmctld -D -f "$SLURM_CONF" >"$at/slurmctld.out" 2>&1 &
pids+=($!)
slurmd -D -f "$SLURM_CONF" >"$at/slurmd.out" 2>&1 &
pids+=($!)
for ((i = 0; i < 100; i++)); do
  if [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ]; then break; fi
  sleep 0.2
done
if [ "$(sinfo --noheader --format=%T 2>/dev/null)" != idle ]; then
  echo "Slurm does not come up here: $(sinfo 2>&1)"
  tail -5 "$at"/munged.log "$at"/*.log "$at"/slurm*.out
  exit 77
fi
"$@"
