"""A Slurm of one node on the loopback interface, with keys and states in a folder of its own."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMANDS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
_PATIENCE = 60.0
_CONFIGURATION = """
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,batch_sched_delay=0
KillWait=2
MinJobAge=10
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=6000 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def is_possible() -> bool:
    """Tell whether this machine has the commands, and lets us be the superuser that the daemons want."""
    return os.geteuid() == 0 and all(shutil.which(command) for command in COMMANDS)


@contextmanager
def private_slurm(folder: Path) -> Iterator[dict[str, str]]:
    """Run a Slurm within the block; give the variables with which its commands find it."""
    configuration = folder / "slurm.conf"
    environment = {"SLURM_CONF": str(configuration)}
    daemons: list[subprocess.Popen[bytes]] = []
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    values = {
        "folder": folder,
        "host": socket.gethostname().partition(".")[0],
        "controller_port": _free_port(),
        "node_port": _free_port(),
        "cores": os.cpu_count(),
    }
    configuration.write_text(_CONFIGURATION.format(**values), encoding="utf-8")
    try:
        for command in (_munge(folder), ["slurmctld", "-D"], ["slurmd", "-D"]):
            daemons.append(_started(command, environment, folder))  # noqa: PERF401 - one by one, to end them
        _wait_for_the_node(environment, folder)
        yield environment
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _munge(folder: Path) -> list[str]:
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    folder.chmod(0o755)
    return [
        "munged",
        "--foreground",
        "--force",
        f"--socket={folder}/munge.socket",
        f"--key-file={key}",
        f"--pid-file={folder}/munge.pid",
        f"--log-file={folder}/munge.log",
        f"--seed-file={folder}/munge.seed",
    ]


def _started(command: list[str], environment: dict[str, str], folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / f"{command[0]}.said").open("wb") as said:
        return subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )


def _wait_for_the_node(environment: dict[str, str], folder: Path) -> None:
    end = time.monotonic() + _PATIENCE
    command = ["sinfo", "--noheader", "--format=%T"]
    while True:
        asked = subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
        if asked.stdout.strip() == "idle":
            return
        if time.monotonic() > end:
            logs = "\n".join(path.read_text()[-2000:] for path in folder.glob("slurm*.log"))
            raise TimeoutError(f"Slurm did not come up: {asked.stdout} {asked.stderr}\n{logs}")
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":  # for trying things out: private_slurm.py FOLDER COMMAND...
    with private_slurm(Path(sys.argv[1])) as found:
        sys.exit(subprocess.run(sys.argv[2:], env={**os.environ, **found}, check=False).returncode)
