"""Command line over extra files over the main file."""

import pytest

from mkrefs.config import Overrides, label_settings


def test_extra_files_merge_deeply(load, example):
    config = load(
        "output: {outsubdir: a, addsuffix: x, runIDNdigits: 4}\nmine: [1, 2]\n"
        f"{example.label}: {{verbose: 1, boxsize: 8}}\n",
        f"output:\n  outsubdir: b\n{example.label}:\n  boxsize: 16\n",
        f"output:\n  addsuffix:\nmine: 3\n{example.label}:\n",
    )
    assert (config.output.outsubdir, config.output.addsuffix, config.output.runIDNdigits) == ("b", None, 4)
    parameters = label_settings(config, example).parameters
    assert (parameters.verbose, parameters.boxsize) == (1, 16)
    assert config.user_parameters == {"mine": 3}


def test_a_higher_layer_wins_in_any_spelling(load, example):
    config = load(
        "reffile4ssb: {bpm: /a}\nFFDD: {max_Delta_MJD: 1}\n"
        f"{example.label}: {{reffile4ssb: {{bpm: /b}}}}\n",
        f"reffile4ssb: {{mask: CRDS}}\nDDFF: {{max_Delta_MJD: 2}}\n{example.label}: "
        "{reffile4ssb: {maskreffile: /c}}\n",
        overrides=Overrides(section=(("FFDD", "max_Delta_MJD", "3"),)),
    )
    assert config.reffile4ssb == {"mask": "CRDS"}
    assert config.windows == {"DDFF": 3.0}
    assert label_settings(config, example).reffile4ssb == {"mask": "/c"}


def test_mistakes_of_an_extra_file_carry_its_lines(mistakes):
    found = mistakes(
        "output:\n  runID: x\n  ssblogFlag: 3\n  outsubdir: fine\n",
        "# comment\noutput:\n  runID: y\n  outsubdir: a/b\n",
    )
    assert [line.split(" ")[:2] for line in found] == [
        ["extra.yml:3:", "output.runID:"],
        ["extra.yml:4:", "output.outsubdir:"],
        ["main.yml:3:", "output.ssblogFlag:"],
    ]


def test_the_command_line_wins(load, example):
    config = load(
        f"instrument: MIRI\noutput: {{runID: 1}}\n{example.label}: {{verbose: 1}}\n",
        "output: {runID: 2, outsubdir: b}\n",
        overrides=Overrides(
            main=(
                ("instrument", "fgs"),
                ("output.runID", "3"),
                ("reffile4ssb.bpm", "*_mask.fits"),
                ("mine", "[1]"),
            ),
            section=((example.label, "verbose", "5"), (example.label, "reffile4ssb.gain", "/g")),
            label=(
                (example.label, "boxsize", "12"),
                (example.label, "do_not_use", "[a, b]"),
                (example.label, "flag_values.hot", "[HOT]"),
                (example.label, "history", "made: by hand # yes"),
            ),
        ),
    )
    assert (config.instrument, config.output.runID, config.output.outsubdir) == ("FGS", 3, "b")
    assert config.user_parameters == {"mine": [1]}
    settings = label_settings(config, example)
    assert settings.reffile4ssb == {"mask": "*_mask.fits", "gain": "/g"}
    parameters = settings.parameters
    assert (parameters.verbose, parameters.boxsize, parameters.do_not_use) == (5, 12, ("a", "b"))
    assert (parameters.flag_values, parameters.history) == ({"hot": ["HOT"]}, "made: by hand # yes")


def test_everywhere_sets_each_section_that_has_the_key(load, creators):
    example, gain = creators.values()
    text = f"DD:\nDDFF: {{max_Delta_MJD: 1}}\n{example.label}: {{author: me}}\nother: {{author: x}}\n"
    settings = (("author", "them"), ("max_Delta_MJD", "7"), ("runID", "9"))
    config = load(text, overrides=Overrides(everywhere=settings))
    assert label_settings(config, example).parameters.author == "them"
    assert label_settings(config, gain).parameters.author == "mkrefs"
    assert config.windows == {"DD": 7.0, "DDFF": 7.0}
    assert config.output.runID == 9
    config = load(text, overrides=Overrides(everywhere=settings), requested=[gain.label])
    assert label_settings(config, gain).parameters.author == "them"


def test_the_kinds_of_settings_have_an_order(load, example):
    overrides = Overrides(
        everywhere=(("runID", "1"), ("verbose", "1")),
        main=(("output.runID", "2"),),
        section=(("output", "runID", "3"), ("output", "runID", "4"), (example.label, "verbose", "2")),
        label=((example.label, "verbose", "3"),),
    )
    config = load(f"{example.label}:\n", overrides=overrides)
    assert (config.output.runID, label_settings(config, example).parameters.verbose) == (4, 3)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            Overrides(section=(("example_readnoise_module", "sigma_threshold", "-4"),)),
            "command line: --pp example_readnoise_module sigma_threshold: must be greater than 0, not -4",
        ),
        (
            Overrides(label=(("example_readnoise_module", "boxsiz", "4"),)),
            "command line: --example_readnoise_module.boxsiz: unknown key 'boxsiz'; did you mean 'boxsize'?",
        ),
        (
            Overrides(section=(("outptu", "runID", "4"),)),
            "command line: --pp outptu runID: there is no section 'outptu'; did you mean 'output'?",
        ),
        (Overrides(main=(("nosuch.a", "4"),)), "command line: -p nosuch.a: there is no section 'nosuch'"),
        (Overrides(main=(("nosuch", "{a: 1}"),)), "command line: -p nosuch: there is no section 'nosuch'"),
        (Overrides(main=(("output..runID", "4"),)), "command line: -p output..runID: a key is words joined"),
        (Overrides(main=(("output", "{runIDD: 4}"),)), "command line: -p output: output.runIDD: unknown key"),
        (
            Overrides(everywhere=(("sigma_tresh", "4"),)),
            "command line: --pall sigma_tresh: no section has this key; did you mean 'sigma_threshold'?",
        ),
        (Overrides(main=(("reflabels", "[a"),)), "command line: -p reflabels: this is not valid YAML"),
        (Overrides(main=(("reffile4ssb.gian", "CRDS"),)), "command line: -p reffile4ssb.gian: 'gian' is not"),
        (
            Overrides(section=(("FDF", "max_Delta_MJD", "1"),)),
            "command line: --pp FDF max_Delta_MJD: FDF: imtypes",
        ),
    ],
)
def test_mistakes_on_the_command_line(mistakes, overrides, message):
    (found,) = mistakes("example_readnoise_module: {verbose: 1}\n", overrides=overrides)
    assert found.startswith(message)
