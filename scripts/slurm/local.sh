#!/usr/bin/env bash
# A Slurm of one node on loopback, for tests: its daemons run in the background, as root and without systemd.
#
#   scripts/slurm/local.sh start FOLDER [MAX_ARRAY_SIZE]   clients then need SLURM_CONF=FOLDER/slurm.conf
#   scripts/slurm/local.sh controller-stop FOLDER          jobs go on, the queue does not answer
#   scripts/slurm/local.sh controller-start FOLDER         it goes on with the state that it saved
#   scripts/slurm/local.sh stop FOLDER
#
# Needs Debian's slurm-wlm and munge.
set -euo pipefail

folder=$(realpath -m "${2:?give a folder}")
configuration=$folder/slurm.conf
node=$(hostname -s)

fail() {
    printf 'slurm/local.sh: %s\n' "$*" >&2
    exit 1
}

# Tries a command for ten seconds.
within_ten_seconds() {
    for ((attempt = 0; attempt < 100; attempt++)); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    return 1
}

# Two ports that are free now.
free_ports() {
    python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))'
}

answers() { [[ $(SLURM_CONF=$configuration sinfo --noheader --format=%T 2>/dev/null) == @(idle|mixed|allocated) ]]; }

ended() { ! kill -0 "$1" 2>/dev/null; }

# Ends the daemon of a file with its number, and waits for it.
end() {
    local pid
    [[ -s $1 ]] || return 0
    pid=$(<"$1")
    kill "$pid" 2>/dev/null || return 0
    within_ten_seconds ended "$pid" || kill -KILL "$pid" 2>/dev/null || true
}

start() {
    local controller_port node_port
    read -r controller_port node_port < <(free_ports)
    mkdir -p "$folder/munge" "$folder/state" "$folder/spool"
    chmod 755 "$folder"
    chmod 700 "$folder/state"
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
    # Credentials live long by default, and hold a job that is queued again for two minutes; the scheduler looks
    # twice a minute. The processors are more than there may be, so that several tasks run side by side.
    cat >"$configuration" <<CONF
ClusterName=ballast
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
MaxArraySize=${1:-1001}
ReturnToService=2
JobRequeue=1
KillWait=5
CompleteWait=0
MinJobAge=300
SlurmdParameters=config_overrides
NodeName=$node NodeAddr=127.0.0.1 CPUs=4 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    munged --socket="$folder/munge/socket" --key-file="$folder/munge/key" --seed-file="$folder/munge/seed" \
        --pid-file="$folder/munge/pid" --log-file="$folder/munge/log"
    slurmctld -c -f "$configuration"
    slurmd -f "$configuration"
    within_ten_seconds answers || fail "no node came up; see $folder/*.log"
}

case ${1:-} in
start) start "${3:-1001}" ;;
controller-stop) end "$folder/slurmctld.pid" ;;
controller-start)
    slurmctld -f "$configuration"
    within_ten_seconds answers || fail "the controller does not answer; see $folder/slurmctld.log"
    ;;
stop)
    SLURM_CONF=$configuration scancel --user=root 2>/dev/null || true
    for daemon in slurmd.pid slurmctld.pid munge/pid; do end "$folder/$daemon"; done
    ;;
*) fail "start, controller-stop, controller-start or stop, and a folder" ;;
esac
