import json
import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def files(darks):
    return darks("small")[:2]


@pytest.fixture
def parameters(planned, files, tmp_path):
    """Give the parameters of read noise that a command line sets."""

    def of(*words, **settings):
        jobs = planned("readnoise", "--outrootdir", tmp_path / "out", *files, *words, **settings)
        return next(job["parameters"] for job in jobs if job["kind"] == "CreateJob")

    return of


def test_words_and_options_come_in_any_order(files, tmp_path, mkrefs):
    out = ("--outrootdir", str(tmp_path / "out"))
    first, second = files
    orders = [
        ("plan", "--json", "readnoise", first, second, *out),
        ("plan", *out, first, "readnoise", "--json", second),
        (*out, "--readnoise.method", "stack", "plan", second, first, "readnoise", "--json"),
        (*out, "-vv", "plan", first, "--json", "readnoise", "-e", os.devnull, second),
        ("plan", "--json", *out, "readnoise,readnoise", str(first.parent / "jw0106200[12]*_uncal.fits")),
    ]
    plans = [mkrefs(*order).stdout for order in orders]
    assert "CalibrateJob" in plans[0]
    assert plans == [plans[0]] * len(plans)
    twice = json.loads(mkrefs("plan", "--json", *out, "readnoise", first, first, second).stdout)
    assert twice["jobs"] == json.loads(plans[0])["jobs"]
    assert list(twice["skipped"]) == [str(first)]


def test_several_labels_may_be_joined_by_commas(files, tmp_path, planned, toy_plugin):
    options = {"PYTHONPATH": toy_plugin}
    joined = planned("--outrootdir", tmp_path, "toy_noise,readnoise", *files, **options)
    apart = planned("--outrootdir", tmp_path, "toy_noise", *files, "readnoise", **options)
    assert joined == apart
    assert [job["label"] for job in joined if job["kind"] == "CreateJob"] == ["toy_noise", "readnoise"]


def test_one_pass_of_the_pipeline_serves_several_labels(files, tmp_path, planned, toy_plugin):
    jobs = planned("--outrootdir", tmp_path, "toy_noise,readnoise", *files, PYTHONPATH=toy_plugin)
    passes = [job for job in jobs if job["kind"] == "CalibrateJob"]
    assert len(passes) == 2
    for job in passes:
        assert job["steps"] == ["dq_init", "saturation", "superbias", "refpix"]
        assert [product["steps"][-1] for product in job["products"]] == ["saturation", "refpix"]


def test_the_command_line_wins_over_extra_files_over_the_main_file(parameters, tmp_path):
    main, extra, last = tmp_path / "main.yml", tmp_path / "extra.yml", tmp_path / "last.yml"
    main.write_text("readnoise: {clipping_sigma: 2.1, max_clipping_iters: 5, author: main, history: main}\n")
    extra.write_text("readnoise: {clipping_sigma: 2.2, max_clipping_iters: 6, author: extra}\n")
    last.write_text("readnoise: {clipping_sigma: 2.3}\n")
    found = parameters("--cfgfile", main, "-e", extra, "-e", last, "--readnoise.max_clipping_iters=7")
    names = ("clipping_sigma", "max_clipping_iters", "author", "history", "slice_width")
    assert [found[name] for name in names] == [2.3, 7, "extra", "main", 50]
    assert parameters(JWST_MKREFS_CONFIGFILE=str(main))["clipping_sigma"] == 2.1


def test_every_option_of_the_older_command_line_has_its_effect(files, tmp_path, planned):
    main = tmp_path / "main.yml"
    main.write_text("output: {outsubdir: main, ssbdir: main}\n")
    (tmp_path / "out" / "sub" / "00003").mkdir(parents=True)
    where = ("--outrootdir", tmp_path / "out", "--outsubdir", "sub", "--addsuffix", "x", "--runIDNdigits", 5)
    words = ("readnoise", *files, "-c", main, *where)
    jobs = planned(*words, "-n", "--params", "output.ssbdir", "", "--skip_runID_ssbdir")
    made = next(job["output"] for job in jobs if job["kind"] == "CreateJob")
    assert made.startswith(f"{tmp_path}/out/sub/00004/readnoise/readnoise_sub_00004.x.")
    assert jobs[0]["products"][0]["path"].startswith(f"{tmp_path}/out/sub/ssb/")
    jobs = planned(*words, "--ssbdir", tmp_path / "there", "--runID", 7)
    assert jobs[0]["products"][0]["path"].startswith(f"{tmp_path}/there/")
    assert "/00007/" in jobs[-1]["output"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--pall", "clipping_sigma", "4"), 4.0),
        (("--pp", "readnoise", "clipping_sigma", "5", "--pall", "clipping_sigma", "4"), 5.0),
        (("--readnoise.clipping_sigma", "6", "--pp", "readnoise", "clipping_sigma", "5"), 6.0),
        (("--readnoise.clipping_sigma", "6", "--readnoise.clipping_sigma=7"), 7.0),
    ],
)
def test_the_narrower_option_wins(words, expected, parameters):
    assert parameters(*words)["clipping_sigma"] == expected


def test_pall_reaches_every_section_that_has_the_key(files, tmp_path, planned, toy_plugin):
    words = ("toy_noise,readnoise", *files, "--pall", "author", "all of us", "-p", "output.runID", 7)
    jobs = planned("--outrootdir", tmp_path, *words, PYTHONPATH=toy_plugin)
    made = [job for job in jobs if job["kind"] == "CreateJob"]
    assert [job["parameters"]["author"] for job in made] == ["all of us"] * 2
    assert all("/007/" in job["output"] for job in made)


def test_the_output_directory_comes_from_the_environment(files, tmp_path, planned):
    jobs = planned("readnoise", *files, JWST_MKREFS_OUTDIR=str(tmp_path / "there"))
    assert jobs[-1]["output"].startswith(str(tmp_path / "there"))


#: Rules only: enough to plan with, and for a run to begin.
CACHE = Path(__file__).parent.parent / "data" / "crds_jwst_0541"

LSF = ("--pp", "batch", "batch_enabled", "True", "--pp", "batch", "batchmode", "LSF")
DASK = ("--pp", "batch", "batchmode", "dask", "--pp", "batch", "scheduler", "tcp://a:1")

MISTAKES = {
    "misspelt label": (["plan", "readnois", "{dark}"], "did you mean 'readnoise'?"),
    "no label": (["{dark}"], "No label was given"),
    "no files": (["readnoise"], "No files were given"),
    "missing configuration": (["--cfgfile", "absent.yml", "readnoise", "{dark}"], "absent.yml: "),
    "bad configuration": (["--cfgfile", "bad.yml", "readnoise", "{dark}"], "bad.yml:2: readnoise.metod"),
    "no YAML": (["--cfgfile", "{dark}", "readnoise", "{dark}"], "uncal.fits"),
    "unknown combiner": (
        ["--pp", "readnoise", "combiner", "sum", "readnoise", "{dark}"],
        "no combiner 'sum'",
    ),
    "unknown parameter": (["--readnoise.sigma", "3", "readnoise", "{dark}"], "unknown key 'sigma'"),
    "wrong type": (["--readnoise.clipping_sigma", "many", "readnoise", "{dark}"], "clipping_sigma"),
    "unknown step": (["--pp", "readnoise", "ssbsteps", "refpics-", "readnoise", "{dark}"], "refpics"),
    "no CRDS": (["--outrootdir", "out", "readnoise", "{dark}"], "CRDS_PATH"),
    "two modes, one name": (
        ["plan", "--readnoise.outfile", "a.fits", "readnoise", "{dark}", "{other}"],
        "2 final files",
    ),
    "no run number": (["plan", "--runID", "first", "readnoise", "{dark}"], "AUTO or an integer"),
    "output is a file": (["--outrootdir", "bad.yml", "readnoise", "{dark}"], "a file is where a directory"),
    "no file to describe": (["describe", "readnose"], "No installed plugin makes 'readnose'"),
    "no context": (["context", "show", "absent"], "no CRDS cache"),
    "no such detector": (["simulate", "new", "--detector", "NRCX1"], "NRCX1"),
    "no such option": (
        ["readnoise", "{dark}", "--newrun"],
        "; did you mean '--newrunID'? see 'mkrefs --help'.",
    ),
    "no option like it": (["plan", "--xyz", "readnoise", "{dark}"], "'--xyz'; see 'mkrefs plan --help'."),
    "no such command": (["context", "crate", "new"], "did you mean 'create'? see 'mkrefs context --help'."),
    "no value": (["readnoise", "{dark}", "--cfgfile"], "requires an argument; see 'mkrefs --help'."),
    "no value of a parameter": (["readnoise", "{dark}", "--readnoise.method"], "needs a value: write"),
    "no word": (["describe"], "Missing argument 'LABEL'; see 'mkrefs describe --help'."),
    "value out of range": (
        ["--nproc", "0", "readnoise", "{dark}"],
        "command line: --nproc: must be greater than or equal to 1, not 0",
    ),
    "no size": (
        ["--memory-limit", "4G", "readnoise", "{dark}"],
        "command line: --memory-limit: '4G' is not a size of memory; did you mean '4 GB'?",
    ),
    "a limit below nothing": (
        ["--maxNref", "-1", "readnoise", "{dark}"],
        "command line: --maxNref: must be greater than or equal to 0, not -1",
    ),
    "no such level": (
        ["--logFileLevel", "warn", "readnoise", "{dark}"],
        "command line: --logFileLevel: must be 'debug', 'info', 'warning', 'error' or 'critical', not 'warn'",
    ),
    "no such batch system here": (
        [*LSF, "--outrootdir", "out", "readnoise", "{dark}"],
        "batch.batchmode: LSF is asked for, but this machine has no command bsub",
    ),
    "no job script here": (["plan", "--job-script"], "batch.batch_enabled is False: jobs run on this"),
    "no job script of dask": (
        [*LSF, *DASK, "plan", "--job-script"],
        "batch.batchmode is dask: jobs go to workers that run already",
    ),
    "no run": (["resume", "{dark}"], "there is no such folder; give the folder of a run"),
    "another section": (
        ["resume", ".", "--pp", "output", "maxNref", "3"],
        "--pp output maxNref: when a run goes on, section batch alone can be changed",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_sentence(mistake, darks, tmp_path, mkrefs):
    words, told = MISTAKES[mistake]
    (tmp_path / "bad.yml").write_text("output:\nreadnoise: {metod: stack}\n")
    names = {"{dark}": darks("small")[0], "{other}": darks("miri")[0]}
    crds = {} if mistake == "no CRDS" else {"crds": CACHE}
    before = sorted(tmp_path.rglob("*"))
    done = mkrefs(*(names.get(word, word) for word in words), cwd=tmp_path, status=2, **crds)
    assert told in done.stderr
    assert done.stderr.startswith("mkrefs: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_every_mistake_in_the_configuration_is_told_at_once(darks, tmp_path, mkrefs):
    (tmp_path / "bad.yml").write_text(
        "instrument: NIRCamera\noutput:\n   runID: one\n   outdir: here\nreadnoise:\n   method: pile\n"
    )
    done = mkrefs("--cfgfile", "bad.yml", "readnoise", darks("small")[0], cwd=tmp_path, status=2)
    lines = done.stderr.strip().removeprefix("mkrefs: ").splitlines()
    assert [line.split(": ")[0] for line in lines] == ["bad.yml:1", "bad.yml:3", "bad.yml:4", "bad.yml:6"]


def test_files_that_cannot_be_used_are_named_and_nothing_is_made(tmp_path, mkrefs):
    (tmp_path / "text.fits").write_text("no FITS file")
    (tmp_path / "empty.fits").touch()
    done = mkrefs(
        "readnoise", "text.fits", "empty.fits", "absent.fits", "[0-9]*.fits", cwd=tmp_path, status=1
    )
    for name in (
        "text.fits: not a FITS file",
        "empty.fits: empty",
        "absent.fits: does not exist",
        "[0-9]*.fits: ",
    ):
        assert f"skipped {tmp_path / name.partition(':')[0]}: {name.partition(': ')[2]}" in done.stdout
    assert "Nothing can be made" in done.stdout
    assert not done.stderr


def test_a_read_only_output_directory_is_told(darks, tmp_path, mkrefs, unprivileged):
    (tmp_path / "out").mkdir(mode=0o555)
    words = ("readnoise", "--outrootdir", tmp_path / "out", darks("small")[0])
    done = mkrefs(*words, crds=CACHE, status=2, before=unprivileged)
    assert done.stderr.startswith(f"mkrefs: {tmp_path / 'out'}")
    assert done.stderr.endswith(
        ": cannot be written: permission is denied; choose a directory you may write to\n"
    )
    assert list((tmp_path / "out").iterdir()) == []


def test_a_configuration_that_may_not_be_read_is_told(darks, tmp_path, mkrefs, unprivileged):
    (tmp_path / "main.yml").touch(mode=0)
    words = ("plan", "-c", "main.yml", "readnoise", darks("small")[0])
    done = mkrefs(*words, cwd=tmp_path, status=2, before=unprivileged)
    assert done.stderr == "mkrefs: main.yml: the configuration file cannot be read: Permission denied\n"


def test_a_reader_that_leaves_early_is_no_error_of_ours(mkrefs_command, darks):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [mkrefs_command, "plan", "readnoise", *map(str, darks("small"))],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert "Traceback" not in done.stderr
