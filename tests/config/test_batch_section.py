"""Section `batch`: sizes, times and lines, what is refused, and what a run keeps of it."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.config import Batch, ConfigError, Overrides, kept_batch

NOTHING = Overrides()


def section(*lines):
    return "batch:\n" + "".join(f"  {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4 GB", 4e9),
        ("4GB", 4e9),
        ("'512 MB'", 512e6),
        ("1.5 tb", 1.5e12),
        ("8GiB", 8 * 1024**3),
        ("2000000 B", 2e6),
        ("3000 KiB", 3000 * 1024),
        ("4000000000", 4e9),
        ("4_000_000_000", 4e9),
        ("2.5e9", 2.5e9),
        ("2e9", 2e9),
    ],
)
def test_sizes_are_numbers_with_a_unit(load, text, size):
    batch = load(section(f"memory: {text}", f"memory_limit: {text}")).batch
    assert (batch.memory, batch.memory_limit) == (size, size)


@pytest.mark.parametrize(
    ("text", "seconds", "clock"),
    [
        ("90", 90.0, "00:01:30"),
        ("2.6", 2.6, "00:00:03"),
        ("02:30:00", 9000.0, "02:30:00"),
        ("1:00:05", 3605.0, "01:00:05"),
        ("'240:00:00'", 864000.0, "240:00:00"),
    ],
)
def test_times_are_seconds_or_clock_times(load, text, seconds, clock):
    batch = load(section(f"timeout: {text}", f"walltime: {text}", f"patience: {text}")).batch
    assert (batch.timeout, batch.patience, batch.walltime) == (seconds, seconds, clock)


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("a,b", ("a,b",)),
        ("[a, 'b, c ']", ("a", "b, c")),
        ("|\n    module load x\n\n    export A=$$HOME\n", ("module load x", "export A=$HOME")),
        ("", ()),
    ],
)
def test_lines_are_a_list_or_a_text(load, written, lines):
    assert load(section(f"prologue: {written}")).batch.prologue == lines
    assert load(section(f"directives: {written}")).batch.directives == lines


def test_each_mistake_is_told_with_its_line(mistakes):
    lines = mistakes(
        section(
            "batchmode: dask", "memory: 4 Go", "memory_limit: 8", "walltime: 4h", "timeout: 0",
            "retry_on: [memory, signl]", "workers: 0", 'directives: ["#SBATCH --qos=x"]', "account: a b",
            "nprok: 3", "scheduler: host:8786", "cores: True", "memory: 1e30", "prologue: [1]",
        ).replace("memory: 1e30", "interface: {}")
    )  # fmt: skip
    said = {int(line.split(":")[1]): line.partition(": ")[2] for line in lines}
    assert said[3].startswith("batch.memory: '4 Go' is not a size of memory; did you mean '4 GB'? allowed: ")
    assert said[4] == "batch.memory_limit: 8 is less than 1 MB; give a size with a unit, such as '4 GB'"
    assert said[5].startswith("batch.walltime: '4h' is not a time; allowed: a number of seconds, or hours,")
    assert said[6].startswith("batch.timeout: must be more than 0 seconds, not 0")
    assert said[7].endswith("not 'signl'; did you mean 'signal'?")
    assert said[8] == "batch.workers: must be greater than or equal to 1, not 0"
    assert said[9].endswith("the prefix comes of itself; write the rest alone, such as '--qos=x'")
    assert said[10] == "batch.account: must be one word, not 'a b'"
    assert said[11].startswith("batch.nprok: unknown key 'nprok'; did you mean 'nproc'? allowed: ")
    assert said[12] == "batch.scheduler: 'host:8786' lacks a protocol; write tcp://host:8786"
    assert said[13] == "batch.cores: must be a number, not True"
    assert said[14].startswith("batch.interface: must be text")
    assert len(said) == 12


@pytest.mark.parametrize("value", ["9e999", "'1:99:00'", "nan", "1e400 GB", "-4 GB", "GB", "[1]", "true"])
def test_odd_sizes_and_times_are_refused(mistakes, value):
    assert len(mistakes(section(f"memory: {value}", f"timeout: {value}", f"walltime: {value}"))) == 3


def test_a_scheduler_is_for_dask_which_needs_one(load, mistakes):
    (line,) = mistakes(section("batch_enabled: True", "batchmode: dask"))
    assert line.startswith("main.yml:3: batch.scheduler: batchmode dask needs it; give the address of")
    (line,) = mistakes(section("scheduler: tcp://a:1", "batchmode: Slurm"))
    assert line.startswith("main.yml:2: batch.scheduler: is for batchmode dask, and batchmode is Slurm")
    assert load(section("batchmode: dask")).batch.scheduler is None  # nothing is sent there
    batch = load(section("batch_enabled: True", "batchmode: dask", "scheduler: /a/scheduler.json")).batch
    assert batch.scheduler == "/a/scheduler.json"
    (line,) = mistakes(section("batch_enabled: True", "batchmode: dask", "scheduler: tcp://a b"))
    assert "is not an address; write one such as tcp://host:8786" in line


WORDS = st.from_regex(r"[a-z$~{}][a-z0-9$~{}]{0,8}", fullmatch=True).filter(lambda word: word != "~")
LINES = st.lists(WORDS.map("--x={0}, $${0}".format), max_size=3).map(tuple)
BATCHES = st.builds(
    Batch,
    batch_enabled=st.booleans(),
    batchmode=st.sampled_from(["Condor", "Slurm", "PBS", "LSF"]),
    nproc=st.none() | st.integers(1, 99),
    memory_limit=st.none() | st.integers(1_000_000, 10**13),
    retries=st.integers(0, 9),
    retry_on=st.lists(st.sampled_from(["memory", "signal", "timeout", "exception"]), unique=True).map(tuple),
    timeout=st.none() | st.floats(0.001, 1e6),
    workers=st.integers(1, 99),
    memory=st.integers(1_000_000, 10**13),
    walltime=st.integers(1, 10**6),
    queue=st.none() | WORDS,
    directives=LINES,
    prologue=LINES,
    log_directory=st.none() | WORDS,
    patience=st.floats(0.001, 1e6),
)


@given(BATCHES)
def test_what_a_run_keeps_is_read_back_exactly(batch):
    values = json.loads(json.dumps(batch.model_dump(mode="json")))
    assert kept_batch(values, "plan.json", NOTHING) == batch


def test_the_command_line_wins_over_what_was_kept():
    values = Batch(batch_enabled=True, batchmode="Slurm", memory="4 GB", nproc=3).model_dump(mode="json")
    overrides = Overrides(
        section=(("batch", "batch_enabled", "False"), ("batch", "nproc", "2")),
        option=(("--nproc", "batch", "nproc", "1"),),
    )
    batch = kept_batch(values, "plan.json", overrides)
    assert (batch.batch_enabled, batch.batchmode, batch.memory, batch.nproc) == (False, "Slurm", 4e9, 1)


@pytest.mark.parametrize(
    ("kept", "setting", "said"),
    [
        ({}, ("batchmode", "Slrm"), "command line: --pp batch batchmode: must be .*; did you mean 'Slurm'"),
        (
            {},
            ("batchmod", "Slurm"),
            "line: --pp batch batchmod: unknown key 'batchmod'; did you mean",
        ),
        ({"memory": "much"}, ("retries", "1"), "plan.json: batch.memory: 'much' is not a size"),
        ({"batch_enabled": True}, ("batchmode", "dask"), "batch.scheduler: batchmode dask needs it"),
    ],
)
def test_what_is_wrong_with_it_is_told(kept, setting, said):
    with pytest.raises(ConfigError) as caught:
        kept_batch(kept, "plan.json", Overrides(section=(("batch", *setting),)))
    assert len(caught.value.problems) == 1
    assert re.search(said, str(caught.value))
