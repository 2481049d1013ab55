"""From files to a `Config`: the documented example, defaults, and every kind of mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from mkrefs.api import UserError
from mkrefs.config import Batch, ConfigError, label_settings, load_config
from mkrefs.config.schema import Inputfiles

EXAMPLE = Path(__file__).parents[2] / "configs" / "documented-example.yml"


def test_documented_example_without_plugins():
    config = load_config(EXAMPLE, creators={})
    assert config.instrument == "NIRCAM"
    assert config.reflabels == ("example_readnoise_module",)
    assert config.reftypes == ("mask", "readnoise", "gain", "linearity")
    assert config.default_reflabels == {
        "mask": "bpm",
        "readnoise": "example_readnoise_module",
        "gain": "gain_armin",
    }
    assert config.inputfiles == Inputfiles(
        dark_pattern="Bias|Dark|BIAS|DARK|ZERO",
        flat_pattern="GAIN|LIN",
        basenamepattern="(.*)_uncal.fits$",
        dateobs_fitskey="DATE-END",
        timeobs_fitskey="TIME-END",
        requiredfitskeys=("INSTRUME", "DETECTOR", "NGROUPS", "NINTS", "TGROUP", "SUBARRAY"),
        optionalfitskeys=("FILTER", "PUPIL"),
    )
    assert config.windows == {"DD": 2.0, "FF": 2.0, "DDFF": 10.0}
    assert config.batch == Batch()
    assert config.reffile4ssb == {"gain": "CRDS", "mask": "CRDS", "readnoise": "CRDS"}
    assert config.validation == {"gain": "CRDS", "mask": "CRDS"}
    assert config.user_parameters == {"test1": 4}
    assert list(config.sections) == [
        "example_readnoise_module",
        "bpm",
        "rdnoise_nircam",
        "gain_armin",
        "gain_bryan",
    ]
    assert config.labels == {}
    assert config.warnings == ()


def test_documented_example_with_plugins(creators):
    config = load_config(EXAMPLE, creators=creators, requested=tuple(creators))
    noise = label_settings(config, creators["example_readnoise_module"])
    assert (noise.reftype, noise.imtypes, noise.ssbsteps, noise.combiner) == (
        "readnoise",
        "D",
        "dq_init",
        "mean",
    )
    assert (noise.parameters.verbose, noise.parameters.boxsize, noise.parameters.sigma_threshold) == (
        3,
        128,
        4,
    )
    gain = label_settings(config, creators["gain_armin"])
    assert (gain.imtypes, gain.ssbsteps) == ("DDFF", "superbias-")
    assert gain.reffile4ssb == {"gain": "CRDS", "mask": "/bla/bpm.fits", "readnoise": "CRDS"}


def test_documented_example_needs_the_output_directory_only_when_used(monkeypatch):
    config = load_config(EXAMPLE, creators={})
    with pytest.raises(UserError) as caught:
        config.require_outrootdir()
    assert str(caught.value).startswith(
        f"{EXAMPLE}:38: output.outrootdir: the environment variable JWST_MKREFS_OUTDIR is not set"
    )
    monkeypatch.setenv("JWST_MKREFS_OUTDIR", "/data/out")
    config = load_config(EXAMPLE, creators={})
    assert config.require_outrootdir() == Path("/data/out")
    assert (config.output.outsubdir, config.output.runID, config.output.addsuffix) == ("test1", "AUTO", "bla")


def test_a_section_without_its_plugin_matters_when_asked_for(creators):
    with pytest.raises(ConfigError) as caught:
        load_config(EXAMPLE, creators=creators, requested=["gain_bryan", "exampel_readnoise_module"])
    section, unknown = sorted(str(caught.value).splitlines(), key=len, reverse=True)
    assert "label 'exampel_readnoise_module' is not installed" in unknown
    assert "did you mean 'example_readnoise_module'" in unknown
    assert f"label 'gain_bryan' has a section ({EXAMPLE}:105) but no installed plugin provides it" in section
    assert "installed: example_readnoise_module, gain_armin;" in section


def test_defaults(load, example, monkeypatch):
    config = load("")
    without_file = load_config(None, creators={example.label: example})
    assert without_file.labels == {example.label: config.labels[example.label]}
    assert (without_file.output, without_file.warnings) == (config.output, ())
    assert (config.instrument, config.reflabels, config.windows) == (None, (), {})
    assert config.inputfiles.model_dump(exclude_none=True) == {
        "dateobs_fitskey": "DATE-OBS",
        "timeobs_fitskey": "TIME-OBS",
        "requiredfitskeys": (),
        "optionalfitskeys": (),
    }
    assert (config.output.runID, config.output.runIDNdigits, config.batch.batchmode) == ("AUTO", 3, "Condor")
    assert config.require_outrootdir() == Path("mkrefs_out")
    monkeypatch.setenv("JWST_MKREFS_OUTDIR", "/data/out")
    assert load("").require_outrootdir() == Path("/data/out")
    assert load("output: {outrootdir: here}").require_outrootdir() == Path("here")
    assert load("output: {outrootdir: ''}").require_outrootdir() == Path("/data/out")


def test_a_creator_without_a_section_runs_on_its_defaults(load, example):
    config = load("reflabels: [something_else]\n", requested=[example.label])
    settings = label_settings(config, example)
    assert settings.parameters == example.Parameters()
    assert (settings.imtypes, settings.ssbsteps, settings.combiner) == ("D", None, "mean")


def test_empty_values_mean_the_default(load, example):
    config = load(
        f"instrument:\nreflabels:\noutput:\n  runIDNdigits:\n  addsuffix:\ninputfiles:\nDD:\n"
        f"reffile4ssb:\n  gain:\n{example.label}:\n  boxsize:\n  ssbsteps:\n"
    )
    assert config.output.runIDNdigits == 3
    assert config.reffile4ssb == {}
    assert config.windows == {}
    assert label_settings(config, example).parameters == example.Parameters()


def test_a_creator_that_needs_a_section(load, mistakes, needy):
    config = load("", creators={needy.label: needy})
    with pytest.raises(UserError, match=r"label 'needy' cannot run on its defaults: .*gives lamp"):
        label_settings(config, needy)
    settings = {"creators": {needy.label: needy}}
    assert mistakes("", requested=["needy"], **settings) == ["defaults: needy.lamp: is required"]
    assert mistakes("\nneedy:\n  author: me\n", **settings) == ["main.yml:2: needy.lamp: is required"]
    assert label_settings(load("needy: {lamp: LAMP2}", **settings), needy).parameters.lamp == "LAMP2"


MANY = """\
instrument: NIRCAMM
reflabels: [example_readnoise_module, plan]
reftypes: [bpm, rdnoyse]
default_reflabels:
  gain: example_readnoise_module
inputfiles:
  dark_patern: a
  flat_pattern: "(abc"
  dateobs_fitskey: TOO-LONG-A-KEY
  requiredfitskeys: {a: b}
DD: {max_Delta_MJD: -1}
FDF: {max_Delta_MJD: 1}
FFDD: {max_Delta_MJD: yes}
D+: 4
output:
  ssbdir: $NOPE_NOT_SET/ssb
  runID: -2
  runIDNdigits: many
  outsubdir: a/b
  ssblogFlag: maybe
batch:
  batch_enabled: perhaps
  batchmode: Condr
reffile4ssb:
  bpm: SELF
  gian: CRDS
validation: 4
example_readnoise_module:
  reftype: gain
  imtypes: X
  ssbsteps: dq_init, refpix-
  verbose: loud
  boxsize: 0
  sigma_threshold: yes
  sigma_treshold: 3
  combiner: meen
  do_not_use: [a, [b]]
  reffile4ssb: {xx: 3}
"""


def test_many_mistakes_are_all_reported_with_their_lines(mistakes):
    found = mistakes(MANY, reserved=["plan", "demo"])
    expected = [
        (1, "instrument: 'NIRCAMM' is not a JWST instrument; did you mean 'NIRCAM'?"),
        (2, "plan: is the name of a sub-command"),
        (3, "reftypes[1]: 'rdnoyse' is not a reference type; did you mean 'rdnoise'?"),
        (5, "default_reflabels.gain: 'example_readnoise_module' makes readnoise files, not gain"),
        (7, "inputfiles.dark_patern: unknown key 'dark_patern'; did you mean 'dark_pattern'? allowed: "),
        (8, "inputfiles.flat_pattern: '(abc' is not a regular expression: missing ), unterminated"),
        (9, "inputfiles.dateobs_fitskey: 'TOO-LONG-A-KEY' is not a FITS keyword"),
        (10, "inputfiles.requiredfitskeys: must be a list"),
        (11, "DD.max_Delta_MJD: must be greater than 0, not -1"),
        (12, "FDF: imtypes 'FDF' is not understood"),
        (13, "DDFF.max_Delta_MJD: must be a number, not True"),
        (14, "D+: must be a section of keys with values, not 4"),
        (16, "output.ssbdir: the environment variable NOPE_NOT_SET is not set"),
        (17, "output.runID: must be AUTO or an integer from 0, not -2"),
        (18, "output.runIDNdigits: must be an integer, not 'many'"),
        (19, "output.outsubdir: 'a/b' becomes part of file names"),
        (20, "output.ssblogFlag: must be True or False, not 'maybe'"),
        (22, "batch.batch_enabled: must be True or False, not 'perhaps'"),
        (23, "batch.batchmode: must be 'Condor', 'Slurm', 'PBS', 'LSF' or 'dask', not 'Condr'; did you mean"),
        (26, "reffile4ssb.gian: 'gian' is not a reference type; did you mean 'gain'?"),
        (27, "validation: must be a mapping of keys to values, not 4"),
        (29, "example_readnoise_module.reftype: example_readnoise_module makes readnoise files"),
        (30, "example_readnoise_module.imtypes: imtypes 'X' is not understood"),
        (31, "example_readnoise_module.ssbsteps: '-' after a step means"),
        (32, "example_readnoise_module.verbose: must be an integer, not 'loud'"),
        (33, "example_readnoise_module.boxsize: must be greater than 0, not 0"),
        (34, "example_readnoise_module.sigma_threshold: must be a number, not True"),
        (
            35,
            "example_readnoise_module.sigma_treshold: unknown key 'sigma_treshold'; did you mean 'sigma_thr",
        ),
        (36, "example_readnoise_module.combiner: there is no combiner 'meen'; did you mean 'mean'?"),
        (37, "example_readnoise_module.do_not_use[1]: must be text"),
        (38, "example_readnoise_module.reffile4ssb.xx: 'xx' is not a reference type"),
    ]
    assert len(found) == len(expected)
    for message, (line, start) in zip(found, expected, strict=True):
        assert message.startswith(f"main.yml:{line}: {start}")


def test_two_spellings_of_one_name(mistakes):
    found = mistakes(
        "DDFF: {max_Delta_MJD: 1}\nFFDD: {max_Delta_MJD: 2}\nvalidation: {bpm: a, maskreffile: b}\n"
    )
    assert found == [
        "main.yml:2: FFDD: means DDFF, and so does 'DDFF' (main.yml:1); keep one of them",
        "main.yml:3: validation.maskreffile: means mask, and so does 'bpm' (main.yml:3); keep one of them",
    ]


def test_a_union_makes_one_problem(mistakes):
    (message,) = mistakes("example_readnoise_module:\n  limit: [1]\n")
    assert message == "main.yml:2: example_readnoise_module.limit: must be an integer or must be text"


def test_text_may_look_like_a_number(load, example):
    config = load(
        f"output: {{addsuffix: 007, outsubdir: 2015-10-01}}\n{example.label}: {{history: 1e5, author: 010}}\n"
    )
    parameters = label_settings(config, example).parameters
    assert (config.output.addsuffix, config.output.outsubdir) == ("007", "2015-10-01")
    assert (parameters.history, parameters.author) == ("1e5", "010")


@pytest.mark.parametrize(
    ("given", "value"), [("auto", "AUTO"), ("7", 7), ("007", 7), ("010", 10), ("'12'", 12)]
)
def test_run_ids(load, given, value):
    assert load(f"output: {{runID: {given}}}").output.runID == value


@pytest.mark.parametrize("given", ["dq_init, saturation", "[dq_init, saturation]", "' dq_init ,saturation'"])
def test_steps_are_brought_to_one_spelling(load, example, given):
    seen: list[str] = []
    config = load(f"{example.label}:\n  ssbsteps: {given}\n", check_steps=seen.append)
    assert label_settings(config, example).ssbsteps == "dq_init, saturation"
    assert seen == ["dq_init, saturation"]


@pytest.mark.parametrize("given", ["[]", "[dq_init, refpix-]", "'-'", "dq init", "[3.5]", "{a: b}", "','"])
def test_steps_that_are_none(mistakes, example, given):
    (message,) = mistakes(f"{example.label}:\n  ssbsteps: {given}\n")
    assert message.startswith("main.yml:2: example_readnoise_module.ssbsteps: ")


def test_steps_are_checked_by_whoever_knows_them(mistakes, example):
    def check(steps: str) -> None:
        raise UserError(f"there is no step in {steps}")

    (message,) = mistakes(f"{example.label}:\n  ssbsteps: foo-\n", check_steps=check)
    assert message == "main.yml:2: example_readnoise_module.ssbsteps: there is no step in foo-"


def test_combiner_and_its_parameters(load, mistakes, example):
    text = f"{example.label}:\n  combiner: clipped_mean\n  combiner_parameters:\n    sigma: 4\n"
    assert label_settings(load(text), example).combiner_parameters.sigma == 4
    assert mistakes(text.replace("sigma: 4", "sigm: -4")) == [
        "main.yml:4: example_readnoise_module.combiner_parameters.sigm: unknown key 'sigm'; "
        "did you mean 'sigma'? allowed: sigma"
    ]


def test_names_that_look_like_slips_warn(load):
    config = load(
        "instrumnt: NIRCam\ninputfile: {dark_pattern: x}\nexample_readnoise_modul: {verbose: 1}\nrunID: 3\n"
        "other: {max_Delta_MJD: 1}\nmine: 5\n"
    )
    assert [warning.split("/")[-1] for warning in config.warnings] == [
        "main.yml:1: instrumnt: is taken as a parameter of your own; did you mean 'instrument'?",
        "main.yml:4: runID: is taken as a parameter of your own; "
        "the key of this name belongs in the section 'output'",
        "main.yml:2: inputfile: is taken as the section of a label that no installed plugin provides; "
        "did you mean 'inputfiles'?",
        "main.yml:3: example_readnoise_modul: is taken as the section of a label that no installed plugin "
        "provides; did you mean 'example_readnoise_module'?",
        "main.yml:5: max_Delta_MJD: belongs in a section named by imtypes, such as DD",
    ]
    assert config.user_parameters == {"instrumnt": "NIRCam", "runID": 3, "mine": 5}


def test_a_label_may_not_have_the_name_of_a_command_or_section(mistakes, example):
    settings = {"reserved": ["plan", "demo"]}
    assert mistakes("\nplan: {reftype: gain}\n", **settings)[0].startswith("main.yml:2: plan: is the name")
    assert mistakes("default_reflabels: {gain: demo}", **settings)[0].startswith("main.yml:1: demo: is the")
    for label in ("plan", "output", "DD"):
        (message,) = mistakes("", creators={label: example}, **settings)
        assert message.startswith(f"installed plugins: {label}: is the name")


def test_reftypes_must_hold_what_is_made(load, mistakes, example):
    assert mistakes("\nreftypes: [gain]\n", requested=[example.label]) == [
        "main.yml:2: reftypes: lacks readnoise, which label 'example_readnoise_module' makes; "
        "add it, or leave the key out to allow all"
    ]
    assert load("reftypes: [gain, rdnoise]\n", requested=[example.label]).reftypes == ("gain", "readnoise")
    assert load("reftypes: [gain]\n").reftypes == ("gain",)


def test_a_label_must_be_a_section(mistakes):
    assert mistakes("example_readnoise_module: 4\n") == [
        "main.yml:1: example_readnoise_module: must be a section of keys with values, not 4"
    ]


def test_variables(load, mistakes, example, monkeypatch):
    monkeypatch.setenv("MKREFS_TEST_NAME", "value")
    monkeypatch.setenv("MKREFS_TEST_EMPTY", "")
    monkeypatch.setenv("HOME", "/home/me")
    config = load(
        "output: {ssbdir: ~/ssb, pipeline_prod_search_dir: '$MKREFS_TEST_NAME/a, ${MKREFS_TEST_NAME}b'}\n"
        "inputfiles: {basenamepattern: _uncal.fits$}\nmine: [$MKREFS_TEST_NAME, 5 $$HOME]\n"
    )
    assert config.output.ssbdir == "/home/me/ssb"
    assert config.output.pipeline_prod_search_dir == ("value/a", "valueb")
    assert config.inputfiles.basenamepattern == "_uncal.fits$"
    assert config.user_parameters["mine"] == ["value", "5 $HOME"]
    unset = "the environment variable MKREFS_TEST_EMPTY is not set"
    found = mistakes(f"a: $MKREFS_TEST_EMPTY\n{example.label}:\n  do_not_use: [x, '$MKREFS_TEST_EMPTY']\n")
    assert found[0].startswith(f"main.yml:1: a: {unset}")
    assert found[1].startswith(f"main.yml:3: {example.label}.do_not_use: {unset}")
    assert load("not_installed: {a: $MKREFS_TEST_EMPTY}\n").sections.keys() == {"not_installed"}


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "missing.yml", creators={})


def test_importing_is_light():
    code = (
        "import sys, mkrefs.config, mkrefs.instruments.reference_types\n"
        "print(sorted({'jwst', 'stdatamodels', 'crds', 'pandas', 'astropy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
