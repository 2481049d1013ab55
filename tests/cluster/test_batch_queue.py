"""Answers of batch systems, in the forms that they document."""

import pytest

from mkrefs.cluster.batch_queue import (
    QueuedJob,
    QueueState,
    parse_condor,
    parse_lsf,
    parse_pbs,
    parse_slurm,
    queued_jobs,
)

WAITING, RUNNING, HELD = QueueState.WAITING, QueueState.RUNNING, QueueState.HELD

SLURM = """\
41|RUNNING|None
42|PENDING|Resources
43|PENDING|JobHeldUser
44|PENDING|launch failed requeued held
45|PENDING|PartitionTimeLimit
46|COMPLETING|None
"""
CONDOR = """\
12 0 2 undefined
13 0 1 undefined
14 0 5 Error from slot1@node7: memory usage exceeded request_memory
"""
PBS = """\
Job Id: 12.server.example
    Job_Name = mkrefs
    job_state = R
    comment = Job run at Sun Nov 22 at 00:00 on (node7:ncpus=4)

Job Id: 13.server.example
    Job_Name = mkrefs
    job_state = Q
    comment = Not Running: Insufficient amount of resource:
\t ncpus

Job Id: 14.server.example
    job_state = H

Job Id: 15.server.example
    job_state = C
"""
LSF = """\
12|RUN|-
13|PEND|New job is waiting for scheduling
14|PSUSP|The job was suspended by the user while pending
15|DONE|-
16|EXIT|-
"""


@pytest.mark.parametrize(
    ("parse", "text", "jobs"),
    [
        (
            parse_slurm,
            SLURM,
            [
                QueuedJob("41", RUNNING),
                QueuedJob("42", WAITING, "Resources"),
                QueuedJob("43", HELD, "JobHeldUser"),
                QueuedJob("44", HELD, "launch failed requeued held"),
                QueuedJob("45", HELD, "PartitionTimeLimit"),
                QueuedJob("46", RUNNING),
            ],
        ),
        (
            parse_condor,
            CONDOR,
            [
                QueuedJob("12.0", RUNNING),
                QueuedJob("13.0", WAITING),
                QueuedJob("14.0", HELD, "Error from slot1@node7: memory usage exceeded request_memory"),
            ],
        ),
        (
            parse_pbs,
            PBS,
            [
                QueuedJob("12", RUNNING, "Job run at Sun Nov 22 at 00:00 on (node7:ncpus=4)"),
                QueuedJob("13", WAITING, "Not Running: Insufficient amount of resource: ncpus"),
                QueuedJob("14", HELD),
            ],
        ),
        (
            parse_lsf,
            LSF,
            [
                QueuedJob("12", RUNNING),
                QueuedJob("13", WAITING, "New job is waiting for scheduling"),
                QueuedJob("14", HELD, "The job was suspended by the user while pending"),
            ],
        ),
    ],
)
def test_an_answer_is_read(parse, text, jobs):
    assert parse(text) == jobs
    assert parse(f"Welcome\n\n{text}") == jobs
    assert parse("") == []


ANSWERS = [
    ("echo '12|RUN|-'; echo '99|RUN|-'", (QueuedJob("12", RUNNING),)),
    ("echo 'Job <12> is not found' >&2; exit 255", ()),
    ("echo 'Failed in an LSF library call: LIM is down' >&2; exit 255", None),
]


@pytest.mark.parametrize(("script", "found"), ANSWERS)
def test_no_answer_is_told_from_the_answer_that_there_are_no_such_jobs(script, found, tmp_path, monkeypatch):
    command = tmp_path / "bjobs"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert queued_jobs("LSF", ["12"]) == found


def test_a_missing_command_is_no_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert queued_jobs("PBS", ["12"]) is None
    assert queued_jobs("PBS", []) == ()
