"""An HTCondor pool of one machine on the loopback interface, in a folder of its own; it joins no other."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMANDS = ("condor_master", "condor_submit", "condor_q", "condor_rm", "condor_status")
_PATIENCE = 60.0
_CONFIGURATION = """
RELEASE_DIR = {release}
LOCAL_DIR = {folder}
LOCAL_CONFIG_FILE =
LOCAL_CONFIG_DIR =
REQUIRE_LOCAL_CONFIG_FILE = false
BIN = {release}/bin
SBIN = {release}/sbin
LIB = {release}/lib/condor
LIBEXEC = {release}/libexec/condor
SHARE = {release}/share/condor
RUN = {folder}/run
LOG = {folder}/log
LOCK = {folder}/lock
SPOOL = {folder}/spool
EXECUTE = {folder}/execute
SEC_CREDENTIAL_DIRECTORY =
use ROLE: CentralManager
use ROLE: Submit
use ROLE: Execute
CONDOR_HOST = 127.0.0.1
COLLECTOR_HOST = 127.0.0.1:{port}
USE_SHARED_PORT = True
SHARED_PORT_PORT = {port}
NETWORK_INTERFACE = 127.0.0.1
BIND_ALL_INTERFACES = False
ENABLE_IPV6 = False
NO_DNS = True
DEFAULT_DOMAIN_NAME = localdomain
UID_DOMAIN = localdomain
FILESYSTEM_DOMAIN = localdomain
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = FS
ALLOW_READ = *
ALLOW_WRITE = *
ALLOW_DAEMON = *
ALLOW_NEGOTIATOR = *
ALLOW_ADMINISTRATOR = *
SCHEDD_INTERVAL = 2
NEGOTIATOR_INTERVAL = 1
NEGOTIATOR_MIN_INTERVAL = 1
NEGOTIATOR_CYCLE_DELAY = 1
UPDATE_INTERVAL = 2
POLLING_INTERVAL = 1
PERIODIC_EXPR_INTERVAL = 2
RUNBENCHMARKS = 0
BASE_CGROUP =
CGROUP_MEMORY_LIMIT_POLICY = none
NUM_CPUS = {cores}
MEMORY = 6000
START = TRUE
PREEMPT = FALSE
WANT_VACATE = FALSE
NUM_SLOTS_TYPE_1 = 1
SLOT_TYPE_1 = 100%
SLOT_TYPE_1_PARTITIONABLE = TRUE
"""


def is_possible() -> bool:
    """Tell whether this machine has all that is wanted."""
    return all(shutil.which(command) for command in COMMANDS)


@contextmanager
def private_condor(folder: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Run a pool within the block.

    Yields
    ------
    tuple
        Variables with which its commands find it, and what goes before a command that is to submit:
        HTCondor runs nothing for the superuser, who therefore is another user in a name space of his own.
    """
    for name in ("run", "log", "lock", "spool", "execute"):
        (folder / name).mkdir(parents=True)
    configuration = folder / "condor_config"
    environment = {"CONDOR_CONFIG": str(configuration)}
    configuration.write_text(
        _CONFIGURATION.format(folder=folder, release=_release(), port=_free_port(), cores=os.cpu_count()),
        encoding="utf-8",
    )
    user = ["unshare", "--user", "--map-user=1", "--map-group=1"] if os.geteuid() == 0 else []
    with (folder / "said").open("wb") as said:
        master = subprocess.Popen(
            [*user, "condor_master", "-f"],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        _wait_for_the_pool([*user], environment, folder)
        yield environment, user
    finally:
        master.send_signal(signal.SIGQUIT)  # a fast end
        try:
            master.wait(30)
        except subprocess.TimeoutExpired:
            master.kill()
            master.wait()


def _release() -> Path:
    command = Path(shutil.which("condor_master") or "")
    return command.resolve().parent.parent  # it lies in bin or sbin


def _wait_for_the_pool(user: list[str], environment: dict[str, str], folder: Path) -> None:
    end = time.monotonic() + _PATIENCE
    questions = (["condor_status", "-autoformat", "Name"], ["condor_q"])
    while True:
        answers = [
            subprocess.run(
                [*user, *question],
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                check=False,
            )
            for question in questions
        ]
        if "slot" in answers[0].stdout and answers[1].returncode == 0:
            return
        if time.monotonic() > end:
            logs = "\n".join(path.read_text()[-2000:] for path in (folder / "log").glob("*Log"))
            raise TimeoutError(f"HTCondor did not come up: {answers}\n{logs}")
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":  # for trying things out: private_condor.py FOLDER COMMAND...
    with private_condor(Path(sys.argv[1])) as (found, before):
        done = subprocess.run([*before, *sys.argv[2:]], env={**os.environ, **found}, check=False)
        sys.exit(done.returncode)
