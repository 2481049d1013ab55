"""Work for jobs that need no exposures: small text files, and every way a job can go wrong."""

import logging
import os
import signal
import sys
import time
import warnings
from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.making import CombineJob, CreateJob
from mkrefs.storage.atomic import atomic_write, write_text_atomic


def calibrate(job: CalibrateJob) -> tuple[str, ...]:
    for product in job.products:
        _write_slowly(
            product.path, Path(job.source).read_text() + "".join(f"{step}\n" for step in product.steps)
        )
    return ()


def create(job: CreateJob, fingerprint: str) -> tuple[str, ...]:
    getattr(sys.modules[__name__], f"_{job.parameters.get('do', 'nothing')}")(job)
    text = "".join(Path(path).read_text() for path in job.inputs)
    _write_slowly(job.output, f"{text}{fingerprint}\n")
    return ("a note",)


def combine(job: CombineJob, fingerprint: str) -> tuple[str, ...]:
    _write_slowly(job.output, "".join(Path(path).read_text() for path in job.individuals) + fingerprint)
    return ()


def certify(job: CertifyJob) -> tuple[str, ...]:
    _write_slowly(job.output, f"{len(Path(job.file).read_text())} characters\n")
    return ()


def idle(job: CreateJob) -> tuple[str, ...]:
    return ()


def _write_slowly(path: str, text: str) -> None:
    with atomic_write(Path(path)) as temporary, temporary.open("w") as stream:
        for line in text.splitlines(keepends=True):
            stream.write(line)
            stream.flush()
            time.sleep(0.005)


def _nothing(job: CreateJob) -> None:
    pass


def _fail(job: CreateJob) -> None:
    raise UserError(f"{job.id}: too few exposures; add one")


def _raise(job: CreateJob) -> None:
    sys.stdout.write("said before the error\n")
    raise ValueError("a bug")


def _raise_what_cannot_be_pickled(job: CreateJob) -> None:
    class LocalError(Exception):
        pass

    raise LocalError("local")


def _exit(job: CreateJob) -> None:
    sys.exit(3)


def _die(job: CreateJob) -> None:
    with atomic_write(Path(job.output)) as temporary:
        temporary.write_text("half")
        sys.stdout.write("said before death\n")
        os.kill(os.getpid(), signal.SIGKILL)


def _leave(job: CreateJob) -> None:
    os._exit(7)


def _die_once(job: CreateJob) -> None:
    marker = Path(job.output).with_suffix(".died")
    if not marker.exists():
        marker.write_text("")
        _die(job)


def _raise_twice(job: CreateJob) -> None:
    marker = Path(job.output).with_suffix(".attempts")
    earlier = marker.read_text() if marker.exists() else ""
    if len(earlier) < 2:
        marker.write_text(f"{earlier}x")
        raise ValueError("not yet")


def _take_much_memory(job: CreateJob) -> None:
    much = bytearray(300_000_000)
    time.sleep(600)
    sys.stdout.write(f"{len(much)}")


def _want_too_much_memory(job: CreateJob) -> None:
    bytearray(1 << 60)


def _have_a_child(job: CreateJob) -> None:
    child = os.fork()
    if not child:
        time.sleep(600)
    write_text_atomic(Path(job.output).with_suffix(".pid"), str(child))
    time.sleep(600)


def _leave_a_child(job: CreateJob) -> None:
    child = os.fork()
    if not child:
        time.sleep(600)
    write_text_atomic(Path(job.output).with_suffix(".pid"), str(child))
    os._exit(7)


def _sleep(job: CreateJob) -> None:
    with atomic_write(Path(job.output)) as temporary:
        temporary.write_text("half")
        write_text_atomic(Path(job.output).with_suffix(".pid"), str(os.getpid()))
        time.sleep(600)


def _speak(job: CreateJob) -> None:
    warnings.warn("careful", UserWarning, stacklevel=1)
    logging.getLogger("stpipe").warning("logged warning")
    logging.getLogger("stpipe").info("logged detail")
    os.write(1, b"said by C\n")
    sys.stdout.write("said by Python\n")


def _speak_to_a_full_disk(job: CreateJob) -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    sys.stdout.reconfigure(line_buffering=False, write_through=False)  # written when the job is over
    sys.stdout.write(" ")


def _change_input(job: CreateJob) -> None:
    Path(job.inputs[0]).write_text("changed meanwhile")


def _lose_input(job: CreateJob) -> None:
    Path(job.inputs[0]).unlink()


def _tell_environment(job: CreateJob) -> None:
    threads = os.environ["OMP_NUM_THREADS"]
    Path(job.output).with_suffix(".environment").write_text(f"{threads} {os.getpgrp() == os.getpid()}")


def _overlap(job: CreateJob) -> None:
    """Note how many such jobs are under way."""
    folder = Path(job.output).parent
    mine = folder / f"{job.id}.busy"
    mine.write_text("")
    time.sleep(0.1)
    busy = len(list(folder.glob("*.busy")))
    (folder / f"{job.id}.seen").write_text(str(busy))
    mine.unlink()
