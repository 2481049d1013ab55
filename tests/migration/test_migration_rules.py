"""Each rule on old configurations: what it changes, what it leaves, and what it says."""

import pytest

from mkrefs.errors import UserError
from mkrefs.migration import Kind, migrate_text

CHANGED, OPEN, NOTE = Kind.CHANGED, Kind.OPEN, Kind.NOTE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # reference types
        ("reftypes: [gain, rdn]", "reftypes: [gain, readnoise]"),
        ("validation:\n  rdnreffile: CRDS", "validation:\n  readnoise: CRDS"),
        ("x:\n  reftype: rdn", "x:\n  reftype: readnoise"),
        ("ssbstep:\n  gain: CRDS", "reffile4ssb:\n  gain: CRDS"),
        ("x:\n  ssbstep:\n    gain: CRDS", "x:\n  reffile4ssb:\n    gain: CRDS"),
        # patterns
        ("inputfiles:\n  dark_pattern: [a, b]  # c", "inputfiles:\n  dark_pattern: a|b  # c"),
        (
            "inputfiles:\n  dark_pattern:\n  - a\n  - 'b: c'\n  flat_pattern: x",
            "inputfiles:\n  dark_pattern: 'a|b: c'\n  # - a\n  # - 'b: c'\n  flat_pattern: x",
        ),
        (
            "inputfiles:\n  dark_pattern: [a,  # one\n    b]\n",
            "inputfiles:\n  dark_pattern: a|b  # [a,  # one\n  #   b]\n",
        ),
        ("inputfiles:\n  requiredfitskeys: NGROUP, NINT", "inputfiles:\n  requiredfitskeys: NGROUPS, NINTS"),
        # output and batch
        ("output:\n  runID: run012", "output:\n  runID: 12"),
        ("output:\n  ssbdir: None", "output:\n  ssbdir: null"),
        ("batch:\n  batchmode: SLURM", "batch:\n  batchmode: Slurm"),
        # labels
        ("x:\n  imtypes: F+,D+", "x:\n  imtypes: D+F+"),
        ("x:\n  imtypes: [D, D]", "x:\n  imtypes: DD"),
        ("x:\n  ssbsteps: slope-", "x:\n  ssbsteps: rate-"),
        ("x:\n  ssbsteps: 'dq, super'  # raw", "x:\n  ssbsteps: 'dq_init, superbias'  # raw"),
        ("x:\n  ssbsteps: [ref, lin]", "x:\n  ssbsteps: [refpix, linearity]"),
        ("x:\n  useafter: '2019-04-01'", "x:\n  useafter: 2019-04-01T00:00:00"),
        ("readnoise:\n  descrip: a", "readnoise:\n  description: a"),
        ("readnoise:\n  verbose: 3\n  author: a", "readnoise:\n  # verbose: 3\n  author: a"),
        ("readnoise:\n  output:\n    addsuffix: a\n", "readnoise:\n  # output:\n  #   addsuffix: a\n"),
        # what YAML makes of values
        ("x:\n  a: 010", "x:\n  a: 8"),
        ("x:\n  a: u'hot'\n  b: 10L", "x:\n  a: 'hot'\n  b: 10"),
        ('x:\n  a: [u"hot", u"cold"]', 'x:\n  a: ["hot", "cold"]'),
        ("x:\n  a: !!python/tuple [1, 2]", "x:\n  a: [1, 2]"),
        ("x:\n  a: !!python/unicode 12", "x:\n  a: '12'"),
        ("DD:\n  max_Delta_MJD: 1\nDD: {}", "# DD:\n#   max_Delta_MJD: 1\nDD: {}"),
        ("DDFF:\nFFDD:\n  max_Delta_MJD: 1", "DDFF:\n# FFDD:\n#   max_Delta_MJD: 1"),
    ],
)  # fmt: skip
def test_what_is_certain_is_changed(migrated, old, new):
    text, told = migrated(old, CHANGED, OPEN)
    assert text == new
    assert len(text.splitlines()) == len(old.splitlines())
    assert told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing but a comment\n",
        "reftypes: [bpm, rdnoise, mask]\n",
        "default_reflabels:\n  bpm: x\nreffile4ssb:\n  gainreffile: CRDS\n",
        "output:\n  addsuffix: 010\n  pipeline_prod_search_dir: /a, /b\n",
        "x:\n  ssbsteps: dark-\n  threshold: 5.\n  plot: yes\n  when: 2019-04-01\n  mode: none\n",
        "x:\n  normalization_method: None\n",
        "a: &a {b: 1}\nx:\n  <<: *a\n  c: 2\n",
        "site: lab 2\ntest1: 4\n",
        "DD: {max_Delta_MJD: 2.0}\r\n",
    ],
)
def test_what_mkrefs_takes_as_it_is_stays(migrated, text):
    assert migrated(text, CHANGED, OPEN) == (text, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x:\n  ssbsteps: bpm, ipc", "2: x.ssbsteps: 'bpm' is no step of calwebb_detector1"),
        ("x:\n  ssbsteps: sup-", "2: x.ssbsteps: 'sup' is no step of calwebb_detector1"),
        ("x:\n  ssbsteps: persistence-", "2: x.ssbsteps: the range takes in dark_current, jump now"),
        ("x:\n  imtypes: DX", "2: x.imtypes: imtypes 'DX' is not understood"),
        ("x:\n  reftype: lin", "2: x.reftype: 'lin' is not a reference type"),
        ("x:\n  a: {b: 1, b: 2}", "2: x.a.b: the key stands again on line 2"),
        ("inputfiles:\n  basenamepattern: /raw/.*", "2: inputfiles.basenamepattern: the older tool searched"),
        ("reffile4ssb:\n  gain: CRDS\nssbstep:\n  bpm: CRDS", "3: ssbstep: an early name of reffile4ssb"),
    ],
)
def test_what_is_not_certain_is_left_to_the_user(migrated, text, said):
    new, told = migrated(text, CHANGED, OPEN)
    assert new == text
    assert [line for line in told if line.startswith(said)] == told != []


def test_a_word_for_a_step_that_was_never_defined_gets_a_proposal(migrated):
    assert migrated("x:\n  ssbsteps: bpm", OPEN)[1][0].endswith("('bpm' may stand for dq_init)")


def test_the_last_version_of_the_older_tool_is_known_by_its_plus(migrated):
    text = "instrument: {}\nx:\n  ssbsteps: linearity+\ny:\n  ssbsteps: {}-\n"
    assert migrated(text.format("nircam", "dark"))[0].endswith("ssbsteps: persistence-\n")
    assert migrated(text.format("miri", "dark"))[0].endswith("ssbsteps: rscd-\n")
    new, told = migrated(text.format("", "ipc"))
    assert new.endswith("x:\n  ssbsteps: linearity-\ny:\n  ssbsteps: saturation-\n")
    assert not [line for line in told if "its last version left the step itself out" in line]
    assert migrated(text.format("", "group_scale"), OPEN)[1]
    assert migrated(text.format("", "linearity"), OPEN)[1]  # its place depends on the instrument
    mixed = "x:\n  ssbsteps: refpix+, jump\n"
    assert migrated(mixed, CHANGED)[0] == mixed


def test_ranges_are_told_of_once_with_their_lines(migrated):
    told = migrated("x:\n  ssbsteps: refpix-\ny:\n  ssbsteps: jump-\n", NOTE)[1]
    ranges = [line for line in told if "its last version left the step itself out" in line]
    assert [line.partition(":")[0] for line in ranges] == ["2"]
    assert ranges[0].endswith("(the same for line 4)")


def test_steps_that_joined_a_range_since_are_told(migrated):
    told = migrated("instrument: MIRI\nx:\n  ssbsteps: refpix-\n", NOTE)[1]
    assert "3: x.ssbsteps: the range takes in reset now, which the older tool left out" in told


def test_inputs_that_are_no_ramps_are_told(migrated):
    told = migrated("x:\n  ssbsteps: slope-\n", NOTE)[1]
    assert any("creators of mkrefs measure ramps" in line for line in told)


def test_files_that_are_used_from_now_on_are_told(migrated):
    text = "reffile4ssb:\n  gain: CRDS\n  bpm: /ref/bpm.fits\nx:\n  reffile4ssb:\n    superbias: SELF\n"
    told = migrated(text, NOTE)[1]
    assert any(line.startswith("3: reffile4ssb.bpm: the pipeline takes /ref/bpm.fits") for line in told)
    assert any(
        "x.reffile4ssb.superbias: the pipeline takes the files of the same run" in line for line in told
    )


def test_a_batch_system_that_is_used_from_now_on_is_told(migrated):
    told = migrated("batch:\n  batch_enabled: yes\n  batchmode: Slurm\n", NOTE)[1]
    why = "the older tool took no notice of it; mkrefs sends the jobs to the batch system"
    assert told == [f"2: batch.batch_enabled: {why}"]
    assert migrated("batch:\n  batch_enabled: False\n  batchmode: Slurm\n")[1] == []


def test_windows_that_no_longer_hold_or_hold_now_are_told(migrated):
    text = (
        "DD: {max_Delta_MJD: 2}\nFF: {max_Delta_MJD: 20}\nDDFF: {max_Delta_MJD: 10}\nD+: {max_Delta_MJD: 1}\n"
    )
    assert [line.split(": ")[0] for line in migrated(text, NOTE)[1]] == ["4"]
    pairs = migrated(text + "x:\n  imtypes: FFDD\n", NOTE)[1]
    assert "1: DD.max_Delta_MJD: no longer holds for the pairs inside DDFF groups" in pairs[0]
    assert [line.split(": ")[0] for line in pairs[:2]] == ["1", "4"]


def test_a_label_that_is_not_installed_is_told_with_what_there_is_instead(migrated):
    text = "reflabels: [noise]\ndefault_reflabels:\n  rdnoise: noise\n"
    text += "noise:\n  reftype: rdnoise\n  imtypes: D\n  box: 3\n"
    (line,) = migrated(text, NOTE)[1]
    assert line.startswith(
        "4: noise: no installed plugin provides this label (also on line 1, 3): to run it, "
    )
    assert line.endswith("or use 'readnoise', which makes the same reference type, in its place without box")
    assert migrated("default_reflabels:\n  gain: g\n", NOTE)[1][0].startswith("2: g: no installed plugin")
    assert migrated("readnoise:\n  reftype: rdnoise\nreflabels: readnoise\n")[1] == []


def test_numbers_with_colons_and_empty_run_numbers_are_told(migrated):
    told = migrated("output:\n  runID:\nx:\n  exposure: 1:30\n", NOTE)[1]
    assert told[0].startswith("2: output.runID: without a runID the older tool made no folder")
    assert any("'1:30' was the number 90" in line for line in told)


def test_an_outfile_is_told(migrated):
    told = migrated("readnoise:\n  outfile: a.fits\n", NOTE)[1]
    assert told == [
        "2: readnoise.outfile: the older tool took no notice of it; now it names the final file of the label"
    ]


def test_a_change_that_spoils_the_text_is_left_to_the_user(migrated):
    # without its lines the anchor is gone that the alias needs
    text = "x:\n  a: &a 1\n  a: 2\n  b: *a\ny:\n  c: 1\n  c: 2\n"
    new, told = migrated(text, CHANGED, OPEN)
    assert new == text.replace("  c: 1", "  # c: 1")
    assert told[0].startswith(
        "2: x.a: to be commented out, which the text around it does not allow; do it by hand"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DD:\n\tmax_Delta_MJD: 2\n", "old.cfg:2: this is not valid YAML: .* no tabs in the indentation"),
        ("a: [1\n", "old.cfg:2: this is not valid YAML"),
        ("[main]\n", "old.cfg:1: this is no configuration of the older tool"),
        ("just words\n", "old.cfg:1: this is no configuration of the older tool"),
        ("a: \x00\n", "old.cfg:1: this is not valid YAML"),
        ("[" * 3000, "nested too deeply"),
    ],
)
def test_what_is_no_configuration_is_refused(text, said):
    with pytest.raises(UserError, match=said):
        migrate_text(text, "old.cfg", {})


def test_a_value_that_contains_itself_ends(migrated):
    text = "x: &x\n  a: *x\n"
    assert migrated(text, CHANGED)[0] == text


def test_carriage_returns_stay(migrated):
    text = "inputfiles:\r\n  dark_pattern:\r\n  - a\r\n  - b\r\nreftypes: rdn\r\n"
    new = migrated(text)[0]
    assert new == "inputfiles:\r\n  dark_pattern: a|b\r\n  # - a\r\n  # - b\r\nreftypes: readnoise\r\n"
