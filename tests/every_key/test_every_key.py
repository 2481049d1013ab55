"""Each key of the configuration is live: two configurations that differ in it alone differ as documented.

A key that acts on the plan is shown there, any other in real runs, which start from copies of one run. A new
key needs a test here that `proves` it.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from mkrefs.config import ConfigError
from mkrefs.config.schema import SECTIONS, LabelKeys, TopLevel, Window
from mkrefs.errors import UserError
from mkrefs.factory.execute import RunOptions, execute
from mkrefs.factory.execution import cluster_settings, execution_of, run_settings
from mkrefs.factory.why import explain
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.json_form import plan_to_json
from mkrefs.running.attempt import Cause
from mkrefs.running.observer import LogLines

LABEL = "toy_noise"
#: Where the keys of each model stand; those of windows and labels may stand in any section of the kind.
MODELS = {"": TopLevel, **SECTIONS, "DD": Window, LABEL: LabelKeys}
PROVED: set[str] = set()


def proves(*keys: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Say which keys a test is about."""

    def note(test: Callable[..., None]) -> Callable[..., None]:
        PROVED.update(keys)
        return test

    return note


def test_every_key_is_proved():
    keys = {f"{name}.{key}".strip(".") for name, model in MODELS.items() for key in model.model_fields}
    assert keys == PROVED


def counts(plan):
    return {kind: len(jobs) for kind, jobs in plan.jobs.items()}


def products(plan):
    return [product["path"] for job in plan.jobs["CalibrateJob"] for product in job["products"]]


def outputs(plan):
    return [job["output"] for job in plan.jobs["CreateJob"]]


# ---------------------------------------------------------------------------------------- the top level


@proves("instrument")
def test_exposures_of_another_instrument_are_skipped(pair):
    of_any, of_another = pair("instrument", "MIRI")
    assert counts(of_any)["CreateJob"] == 2
    assert of_another.jobs == {}
    assert all("NIRCAM" in reason for reason in of_another.prepared.catalog.skipped.values())


@proves("reflabels")
def test_the_labels_of_the_configuration_are_known(read):
    assert "my_label" not in read({}).words
    assert read({"reflabels": "my_label"}).words["my_label"] == "my_label"
    read({"reftypes": ["gain"]}, requested=())
    with pytest.raises(ConfigError, match=f"reftypes: lacks readnoise, which label '{LABEL}' makes"):
        read({"reftypes": ["gain"], "reflabels": LABEL}, requested=())


@proves("reftypes")
def test_other_types_may_not_be_made(planned):
    assert planned({"reftypes": "gain, rdnoise"}).jobs == planned({}).jobs
    with pytest.raises(ConfigError, match="readnoise"):
        planned({"reftypes": ["gain"]})


@proves("default_reflabels")
def test_a_type_stands_for_its_default_label(read):
    assert "rdnoise" not in read({}).words
    assert read({"default_reflabels.rdnoise": LABEL}).words["rdnoise"] == LABEL


@proves("reffile4ssb", f"{LABEL}.reffile4ssb")
@pytest.mark.parametrize("section", ["", f"{LABEL}."])
def test_the_pipeline_takes_the_reference_files_that_are_named(section, pair, planned, darks):
    path = next((darks("small")[0].parent / "references").glob("*saturation*"))
    key = f"{section}reffile4ssb.saturation"
    from_crds, named = pair(key, str(path))
    assert [job["overrides"] for job in from_crds.jobs["CalibrateJob"]] == [{}] * 4
    assert [job["overrides"] for job in named.jobs["CalibrateJob"]] == [{"saturation": str(path)}] * 4
    assert not set(products(named)) & set(products(from_crds))
    assert planned({key: "crds"}).jobs == from_crds.jobs
    with pytest.raises(UserError, match="saturation"):  # no label makes it
        planned({key: "SELF"})


@proves("validation")
def test_a_new_file_is_compared_with_the_one_that_is_named(pair, planned, darks):
    path = next((darks("small")[0].parent / "references").glob("*readnoise*"))
    alone, compared = pair("validation.rdnoisereffile", str(path))
    assert "CompareJob" not in alone.jobs
    assert str(path) in compared.jobs["CompareJob"][0].values()
    assert len(planned({"validation.readnoise": "CRDS"}).jobs["CompareJob"]) == 1


@proves("checks", f"{LABEL}.checks")
@pytest.mark.parametrize("section", ["checks.rdnoise", f"{LABEL}.checks"])
def test_limits_of_checks_can_be_set(section, pair, planned):
    plain, narrow = pair(f"{section}.range.median_high", 20.0)
    (before,), (after,) = (plan.jobs["GateJob"] for plan in (plain, narrow))
    assert (before["limits"], after["limits"]) == ({}, {"range": {"median_high": 20.0}})
    assert before["checks"] == after["checks"]
    with pytest.raises(
        ConfigError, match=f"{section.replace('rd', 'read')}.kernel: 'kernel' is not made of readnoise"
    ):
        planned({f"{section}.kernel.tolerance": 1.0})


@proves("test4datamodel", f"{LABEL}.test4datamodel")
@pytest.mark.parametrize("section", ["", f"{LABEL}."])
def test_final_files_are_loaded(section, pair):
    without, tested = pair(f"{section}test4datamodel", value=True)
    assert counts(tested) == {**counts(without), "LoadJob": 1}


@proves("test4ssb", f"{LABEL}.test4ssb", "quality_check", f"{LABEL}.quality_check")
@pytest.mark.parametrize("section", ["", f"{LABEL}."])
def test_final_files_are_tried(section, pair):
    without, in_its_steps = pair(f"{section}test4ssb", value=True)
    _, in_all_steps = pair(f"{section}quality_check", value=True)
    assert counts(in_its_steps) == counts(in_all_steps) == {**counts(without), "TrialJob": 1}
    few, all_of_them = (set(plan.jobs["TrialJob"][0]["steps"]) for plan in (in_its_steps, in_all_steps))
    assert few < all_of_them


@proves("verify", f"{LABEL}.verify")
@pytest.mark.parametrize("section", ["", f"{LABEL}."])
def test_exposures_are_held_back(section, pair, planned, darks):
    plain, verified = pair(f"{section}verify", 0.25, **{f"{LABEL}__imtypes": "D+"})
    assert counts(verified) == {**counts(plain), "CalibrateJob": 3, "VerifyJob": 1}
    (held,) = verified.jobs["VerifyJob"][0]["sources"]
    path = next(path for path in darks("small") if path.name.startswith(held["exposure"]))
    (told,) = explain(verified.prepared, path)
    assert (told.used, told.text) == (False, "held back for verification (verify: 0.25)")
    assert planned({f"{LABEL}.imtypes": "D+", f"{LABEL}.verify": 0, "verify": 0.25}).jobs == plain.jobs
    for wrong in (1, -0.1, "some", True):
        with pytest.raises(ConfigError, match=rf"main.yml:\d+: {section}verify: must be "):
            planned({f"{section}verify": wrong})


# ------------------------------------------------------------------------------------------ inputfiles


@proves("inputfiles.dark_pattern")
def test_the_name_makes_a_dark(pair, exposures):
    files = exposures(DARK1={"EXP_TYPE": "NRC_IMAGE"}, DARK2={"EXP_TYPE": "NRC_IMAGE"})
    by_header, by_name = pair("inputfiles.dark_pattern", "DARK", files=files)
    assert list(by_header.catalog["imtype"]) == ["I", "I"]
    assert list(by_name.catalog["imtype"]) == ["D", "D"]
    assert (counts(by_header), counts(by_name)["CreateJob"]) == ({}, 1)


@proves("inputfiles.flat_pattern")
def test_the_name_makes_a_flat(pair, exposures):
    files = exposures(GAIN1={"EXP_TYPE": "NRC_IMAGE"}, GAIN2={"EXP_TYPE": "NRC_IMAGE"})
    common = {f"{LABEL}__imtypes": "FF"}
    by_header, by_name = pair("inputfiles.flat_pattern", "GAIN|LIN", files=files, **common)
    assert list(by_name.catalog["imtype"]) == ["F", "F"]
    assert (counts(by_header), counts(by_name)["CreateJob"]) == ({}, 1)


@proves("inputfiles.basenamepattern")
def test_only_names_that_match_are_looked_at(pair):
    every, some = pair("inputfiles.basenamepattern", "(jw0106200[12].*)_uncal.fits$")
    assert [counts(plan)["CalibrateJob"] for plan in (every, some)] == [4, 2]
    assert len(some.prepared.catalog.skipped) == 2


@proves("inputfiles.dateobs_fitskey", "inputfiles.timeobs_fitskey", "inputfiles.mjdobs_fitskey")
@pytest.mark.parametrize(
    ("key", "keyword", "values"),
    [
        ("dateobs_fitskey", "MYDATE", ("2024-03-01", "2024-03-05")),
        ("timeobs_fitskey", "MYTIME", ("01:00:00", "23:00:00")),
        ("mjdobs_fitskey", "MYMJD", (60000.0, 60007.5)),
    ],
)
def test_times_come_from_the_keyword_that_is_named(key, keyword, values, pair, exposures):
    files = exposures(first={keyword: values[0]}, second={keyword: values[1]})
    near, far = pair(f"inputfiles.{key}", keyword, files=files, DD__max_Delta_MJD=0.5)
    assert counts(near)["CreateJob"] == 1
    assert far.jobs == {}
    assert float(far.catalog["mjd"].diff().abs().max()) > 0.5 > float(near.catalog["mjd"].diff().abs().max())


@proves("inputfiles.requiredfitskeys")
def test_required_keywords_are_columns_and_must_be_there(pair, planned):
    without, with_it = pair("inputfiles.requiredfitskeys", ["TSAMPLE"])
    assert set(with_it.catalog) - set(without.catalog) == {"TSAMPLE"}
    with pytest.raises(UserError, match="NOSUCH"):
        planned({"inputfiles.requiredfitskeys": ["NOSUCH"]})


@proves("inputfiles.optionalfitskeys")
def test_optional_keywords_are_columns_where_they_exist(pair):
    without, with_them = pair("inputfiles.optionalfitskeys", "TSAMPLE, NOSUCH")
    assert {"TSAMPLE"} <= set(with_them.catalog) - set(without.catalog) <= {"TSAMPLE", "NOSUCH"}
    assert with_them.jobs == without.jobs


@proves("DD.max_Delta_MJD")
def test_a_window_limits_groups_in_time(pair):
    unlimited, limited = pair("DD.max_Delta_MJD", 0.01)
    assert counts(unlimited)["CreateJob"] == 2
    assert "CreateJob" not in limited.jobs


# ---------------------------------------------------------------------------------------------- output


@proves("output.outrootdir", "output.outsubdir", "output.runID", "output.runIDNdigits", "output.addsuffix")
@pytest.mark.parametrize(
    ("key", "value", "start"),
    [
        ("outrootdir", "{tmp}/other", "{tmp}/other/001/toy_noise/toy_noise_001."),
        ("outsubdir", "sub", "{tmp}/out/sub/001/toy_noise/toy_noise_sub_001."),
        ("runID", 7, "{tmp}/out/007/toy_noise/toy_noise_007."),
        ("runIDNdigits", 5, "{tmp}/out/00001/toy_noise/toy_noise_00001."),
        ("addsuffix", "bla", "{tmp}/out/001/toy_noise/toy_noise_001.bla."),
    ],
)
def test_files_are_named_as_the_keys_say(key, value, start, pair, tmp_path):
    plain, named = pair(f"output.{key}", str(value).format(tmp=tmp_path))
    assert all(path.startswith(f"{tmp_path}/out/001/toy_noise/toy_noise_001.") for path in outputs(plain))
    assert all(path.startswith(start.format(tmp=tmp_path)) for path in outputs(named))
    assert outputs(plain) != outputs(named)
    assert [path.split(".")[-3] for path in outputs(plain)] == [
        path.split(".")[-3] for path in outputs(named)
    ]


@proves("output.ssbdir", "output.skip_runID_ssbdir")
@pytest.mark.parametrize(
    ("key", "value", "start"),
    [("ssbdir", "{tmp}/there", "{tmp}/there/"), ("skip_runID_ssbdir", "True", "{tmp}/out/ssb/")],
)
def test_products_lie_where_the_keys_say(key, value, start, pair, tmp_path):
    plain, moved = pair(f"output.{key}", value.format(tmp=tmp_path))
    assert all(path.startswith(f"{tmp_path}/out/001/ssb/") for path in products(plain))
    assert all(path.startswith(start.format(tmp=tmp_path)) for path in products(moved))
    assert outputs(plain) == outputs(moved)


@proves(f"{LABEL}.images_from")
def test_a_label_that_measures_ramps_takes_no_corrected_images(planned):
    with pytest.raises(ConfigError, match=f"{LABEL}.images_from: {LABEL} measures ramps and takes no images"):
        planned({f"{LABEL}.images_from": "level_match"})


@proves("output.ssb_save_steps", f"{LABEL}.ssb_save_steps")
@pytest.mark.parametrize("section", ["output", LABEL])
def test_states_on_the_way_are_kept(section, pair):
    plain, saving = pair(f"{section}.ssb_save_steps", "dq_init")
    ends = [sorted(path.rpartition("_")[2] for path in products(plan)) for plan in (plain, saving)]
    assert ends == [["saturation.fits"] * 4, ["init.fits"] * 4 + ["saturation.fits"] * 4]


@proves("output.certify_individuals")
def test_individual_files_are_certified_unless_the_key_says_no(pair):
    certified, finals_only = pair("output.certify_individuals", value=False)
    made = [[job["output"] for job in certified.jobs[kind]] for kind in ("CombineJob", "CreateJob")]
    assert [job["file"] for job in certified.jobs["CertifyJob"]] == [*made[0], *made[1]]
    assert [job["file"] for job in finals_only.jobs["CertifyJob"]] == made[0]
    last = plan_to_json(certified.prepared.plan.jobs)["jobs"][-2:]
    assert [job["kind"] for job in last] == ["CertifyJob"] * 2  # no final file waits for them


# ------------------------------------------------------------------------------------ batch, and labels


@proves("batch.batch_enabled", "batch.batchmode")
def test_jobs_go_to_the_batch_system_that_is_named(pair, tmp_path, monkeypatch):
    here, there = pair("batch.batch_enabled", value=True)
    assert here.jobs == there.jobs
    condor, slurm = pair("batch.batchmode", "Slurm", batch__batch_enabled=True)
    monkeypatch.setenv("PATH", str(tmp_path))  # where no batch system is
    for plan, system, command in ((condor, "Condor", "condor_submit"), (slurm, "Slurm", "sbatch")):
        prepared = plan.prepared
        with pytest.raises(UserError, match=f"{system} is asked for, .* command {command}"):
            execute(prepared.plan, RunOptions(), LogLines(print), execution_of(prepared.config))
    assert not (tmp_path / "out").exists()


def only_difference(first, second):
    """Give the field in which two values of one class differ, with what they have there."""
    pairs = {each.name: (getattr(first, each.name), getattr(second, each.name)) for each in fields(first)}
    ((name, values),) = [(name, pair) for name, pair in pairs.items() if pair[0] != pair[1]]
    return name, *values


@proves("batch.nproc", "batch.memory_limit", "batch.retries", "batch.retry_on", "batch.timeout")
@pytest.mark.parametrize(
    ("key", "value", "field", "usual", "then"),
    [
        ("nproc", 3, "nproc", 0, 3),
        ("memory_limit", "4 GB", "memory_limit", 0, 4_000_000_000),
        ("retries", 0, "retries", 1, 0),
        ("retry_on", "signal, timeout", "retry_on", set(Cause), {Cause.SIGNAL, Cause.TIMEOUT}),
        ("timeout", "00:10:00", "longest", 0.0, 600.0),
    ],
)
def test_the_runner_is_told(key, value, field, usual, then, read):
    def settings(keys):
        found = run_settings(execution_of(read(keys).config), CrdsState())
        return replace(found, rules_of=print)  # functions differ from one another

    assert only_difference(settings({}), settings({f"batch.{key}": value})) == (field, usual, then)


@proves("batch.scheduler", "batch.workers", "batch.cores", "batch.memory", "batch.walltime", "batch.account")
@proves("batch.queue", "batch.directives", "batch.prologue", "batch.log_directory", "batch.interface")
@proves("batch.patience")
@pytest.mark.parametrize(
    ("key", "value", "usual", "then"),
    [
        ("scheduler", "tcp://host:8786", "", "tcp://host:8786"),
        ("workers", 9, 4, 9),
        ("cores", 2, 1, 2),
        ("memory", "512 MB", 8_000_000_000, 512_000_000),
        ("walltime", 90, "04:00:00", "00:01:30"),
        ("account", "team", "", "team"),
        ("queue", "long", "", "long"),
        ("directives", ["--qos=a,b", "--x"], (), ("--qos=a,b", "--x")),
        ("prologue", "a\nb\n", (), ("a", "b")),
        ("log_directory", "/logs", "/run/001/batch_logs", "/logs"),
        ("interface", "ib0", "", "ib0"),
        ("patience", 5, 600.0, 5.0),
    ],
)
def test_the_cluster_is_told(key, value, usual, then, read):
    def settings(keys):
        config = read({"batch.batchmode": "dask", **keys}).config
        return cluster_settings(execution_of(config).batch, Path("/run/001"))

    assert only_difference(settings({}), settings({f"batch.{key}": value})) == (key, usual, then)


@proves(f"{LABEL}.reftype")
def test_the_type_of_a_label_is_its_creators(pair, planned):
    silent, said = pair(f"{LABEL}.reftype", "rdnoise")
    assert silent.jobs == said.jobs
    with pytest.raises(ConfigError, match=r"reftype: toy_noise makes readnoise files"):
        planned({f"{LABEL}.reftype": "gain"})


@proves(f"{LABEL}.imtypes")
def test_what_a_group_is_can_be_set(pair):
    pairs, single = pair(f"{LABEL}.imtypes", "D")
    assert [len(job["ramps"]) for job in pairs.jobs["CreateJob"]] == [2, 2]
    assert [len(job["ramps"]) for job in single.jobs["CreateJob"]] == [1, 1, 1, 1]


@proves(f"{LABEL}.ssbsteps")
def test_the_steps_before_creation_can_be_set(pair):
    default, more = pair(f"{LABEL}.ssbsteps", "dq_init, saturation, superbias")
    steps = [{tuple(job["steps"]) for job in plan.jobs["CalibrateJob"]} for plan in (default, more)]
    assert steps == [{("dq_init", "saturation")}, {("dq_init", "saturation", "superbias")}]


@proves(f"{LABEL}.combiner", f"{LABEL}.combiner_parameters")
def test_the_combiner_and_its_parameters_can_be_set(pair):
    default, median = pair(f"{LABEL}.combiner", "median")
    assert default.jobs["CombineJob"][0]["combiner"] != median.jobs["CombineJob"][0]["combiner"] == "median"
    common = {f"{LABEL}__combiner": "sigma_clipped_mean"}
    three, five = pair(f"{LABEL}.combiner_parameters", {"sigma": 5.0}, **common)
    sigmas = [plan.jobs["CombineJob"][0]["combiner_parameters"]["sigma"] for plan in (three, five)]
    assert sigmas == [4.0, 5.0]


# ------------------------------------------------------------------------------------------- real runs


def kept(folder, pattern):
    """Give the files that match, by the folder they are of."""
    return {path.relative_to(folder).parts[0]: path.read_text() for path in folder.rglob(pattern)}


@proves("output.pipeline_prod_search_dir")
@pytest.mark.pipeline
def test_finished_products_are_found(pair, finished, tmp_path):
    files = sorted(finished.glob("*_uncal.fits"))
    alone, searched = pair(
        "output.pipeline_prod_search_dir", f"{tmp_path}, {finished}/out/001/ssb", files=files
    )
    folder = finished / "out" / "001" / "ssb" / "dq_init+saturation"
    _, found = pair("output.pipeline_prod_search_dir", f"{tmp_path}, {folder}", files=files)
    assert counts(alone)["CalibrateJob"] == counts(searched)["CalibrateJob"] == 2
    assert "CalibrateJob" not in found.jobs
    assert {Path(ramp["path"]).parent for ramp in found.jobs["CreateJob"][0]["ramps"]} == {folder}


@proves("output.ssblogFlag", "output.ssberrorlogFlag", "output.reflogFlag", "output.referrorlogFlag")
@pytest.mark.pipeline
@pytest.mark.parametrize(
    ("key", "force", "pattern", "where"),
    [
        ("ssblogFlag", "--force_redo_strun", "*.log.txt", "ssb"),
        ("ssberrorlogFlag", "--force_redo_strun", "*.err.txt", "ssb"),
        ("reflogFlag", "--force_redo_ref", "*.log.txt", LABEL),
        ("referrorlogFlag", "--force_redo_ref", "*.err.txt", LABEL),
    ],
)
def test_logs_are_kept_as_the_flags_say(key, force, pattern, where, again, finished):
    assert kept(finished / "out", "*.log.txt") == kept(finished / "out", "*.err.txt") == {}
    folder, _ = again(force, **{key: True})
    assert set(kept(folder, pattern)) == {where}
    assert kept(folder, {"*.log.txt": "*.err.txt", "*.err.txt": "*.log.txt"}[pattern]) == {}
    if pattern == "*.err.txt":
        said = {"ssb": "NOSUCH", LABEL: "toy_noise: asked to warn"}[where]
        assert said in kept(folder, pattern)[where]


@proves("output.logFileLevel")
@pytest.mark.pipeline
def test_logs_hold_records_from_the_level_on(again):
    usual, _ = again("--force_redo_strun", ssblogFlag=True)
    text = kept(usual, "*.log.txt")["ssb"]
    assert " INFO " in text
    assert " WARNING " in text
    assert " DEBUG " not in text
    fewer, _ = again("--force_redo_strun", ssblogFlag=True, logFileLevel="WARNING")
    text = kept(fewer, "*.log.txt")["ssb"]
    assert " INFO " not in text.replace("- INFO -", "")  # what crds prints is no record
    assert " WARNING " in text


@proves("output.logScreenLevel")
@pytest.mark.pipeline
def test_the_screen_shows_messages_from_the_level_on(again):
    _, usual = again()
    _, more = again(logScreenLevel="Info")
    assert usual.stderr == ""
    assert [line.split()[1] for line in more.stderr.splitlines()[1:]] == ["kept"] * 7
    assert usual.stdout == more.stdout


@proves("output.report")
@pytest.mark.pipeline
def test_the_page_of_a_run_is_drawn_if_it_is_wanted(again):
    folder, drawn = again(report=True)
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")
    line = f"report {folder / 'report.html'}\n"
    folder, without = again(report=False)
    assert not (folder / "report.html").exists()
    assert without.stdout == drawn.stdout.replace(line, "") != drawn.stdout


@proves("output.maxNstrun")
@pytest.mark.pipeline
def test_pipeline_runs_are_limited(finished, said_by, tmp_path):
    out, files = tmp_path / "out", sorted(finished.glob("*_uncal.fits"))
    done = said_by(out, files, maxNstrun=1)
    left = f"6 jobs left by --maxNstrun; to go on: mkrefs resume {out}/001\n"
    assert done.stdout.endswith(f"1 made\n{left}")
    assert len(list(out.rglob("*_saturation.fits"))) == 1
    done = said_by(out, files, maxNstrun=1)
    assert done.stdout.endswith("6 made, 1 kept\n")
    both = [sorted(path.name for path in each.rglob("*.fits")) for each in (out, finished / "out")]
    assert both[0] == both[1]  # what one run makes without the key


@proves("output.maxNref")
@pytest.mark.pipeline
def test_individual_files_are_limited(again):
    _, done = again(maxNref=0)
    assert done.stdout.endswith("7 kept\n")  # what is kept does not count
    _, done = again("--force_redo_ref", maxNref=0)
    assert done.stdout.endswith("2 kept\n5 jobs left by --maxNref; the same command begins again.\n")
