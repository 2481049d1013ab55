"""Commands that behave as those of PBS and LSF are documented to; their jobs are processes of this machine.

Run as ``pretended_batch.py COMMAND ...``; what is known of jobs lies in the folder that PRETENDED names.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(os.environ.get("PRETENDED", "."))
COMMANDS = ("qsub", "qstat", "qdel", "bsub", "bjobs", "bkill")


def install(folder: Path) -> None:
    """Put the commands into a folder that is to be on the PATH."""
    for command in COMMANDS:
        path = folder / command
        path.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {command} "$@"\n')
        path.chmod(0o755)


def _submit(script: str, log_pattern: str) -> int:
    number = len(list(FOLDER.glob("*.job"))) + 1
    (FOLDER / f"{number}.job").write_text("")
    if "hold" in script:
        return number
    directory = re.search(log_pattern, script)
    assert directory is not None
    said = Path(directory[1].replace("%J", str(number)))
    said = said / f"mkrefs.e{number}" if said.is_dir() else said
    path = FOLDER / f"{number}.sh"
    path.write_text(script)
    with said.open("w") as stream:
        process = subprocess.Popen(
            ["bash", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            process_group=0,
        )
    (FOLDER / f"{number}.job").write_text(str(process.pid))
    return number


def _state(number: str) -> str:
    """Give R for a job that runs, H for one that is held, nothing for one that is over or unknown."""
    path = FOLDER / f"{number}.job"
    if not path.exists():
        return ""
    pid = path.read_text()
    if not pid:
        return "H"
    stat = Path(f"/proc/{pid}/stat")
    return "R" if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z" else ""


def _end(number: str) -> None:
    path = FOLDER / f"{number}.job"
    if _state(number) == "R":
        os.killpg(int(path.read_text()), signal.SIGTERM)
    path.write_text("0")


def qsub(words: list[str]) -> str:
    return f"{_submit(Path(words[0]).read_text(), r'#PBS -e (.*)/')}.pretended\n"


def qstat(words: list[str]) -> str:
    return "".join(
        f"Job Id: {number}.pretended\n    Job_Name = mkrefs\n    job_state = {state}\n"
        f"    comment = Not Running: job held\n\t by its owner\n\n"
        for number in words[1:]
        if (state := _state(number))
    )


def bsub(words: list[str]) -> str:
    return f"Job <{_submit(sys.stdin.read(), r'#BSUB -e (.*)')}> is submitted to default queue <normal>.\n"


def bjobs(words: list[str]) -> str:
    told = {"R": "RUN|-", "H": "PSUSP|The job was suspended by the user while pending", "": "EXIT|-"}
    return "".join(f"{number}|{told[_state(number)]}\n" for number in words[3:])


def delete(words: list[str]) -> str:
    for number in words:
        _end(number)
    return ""


CALLS: dict[str, Callable[[list[str]], str]] = {
    "qsub": qsub,
    "qstat": qstat,
    "qdel": delete,
    "bsub": bsub,
    "bjobs": bjobs,
    "bkill": delete,
}

if __name__ == "__main__":
    sys.stdout.write(CALLS[sys.argv[1]](sys.argv[2:]))
