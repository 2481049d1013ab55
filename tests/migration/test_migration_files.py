"""Files: what is read, checked, reported and written."""

from dataclasses import replace

import pytest

from mkrefs.cli.main_job import RESERVED
from mkrefs.config import Overrides
from mkrefs.errors import UserError
from mkrefs.factory.settings import read_config
from mkrefs.migration import migrate_file, save

COMPLETE = ("documented-example", "early", "python2")


@pytest.fixture
def migrate(plugins, tmp_path):
    """Migrate a text that lies in a file."""

    def run(text: str | bytes, name: str = "old.cfg"):
        old = tmp_path / name
        old.write_bytes(text if isinstance(text, bytes) else text.encode())
        return migrate_file(old, tmp_path / "new.yml", plugins, RESERVED)

    return run


@pytest.mark.parametrize("name", COMPLETE)
def test_a_complete_result_is_read_as_it_is(plugins, old_configuration, tmp_path, name):
    migrated = migrate_file(old_configuration(name), tmp_path / "new.yml", plugins, RESERVED)
    assert migrated.complete
    save(migrated, force=False)
    config = read_config(migrated.new, (), Overrides(), plugins, reserved=RESERVED, requested=())
    assert config.warnings == migrated.warnings == ()


def test_the_migrated_values_are_those_of_the_old_file(plugins, old_configuration, tmp_path):
    save(migrate_file(old_configuration("early"), tmp_path / "new.yml", plugins, RESERVED), force=False)
    config = read_config(
        tmp_path / "new.yml", (), Overrides(), plugins, reserved=RESERVED, requested=("readnoise",)
    )
    assert config.reftypes == ("gain", "mask", "readnoise")
    assert (config.inputfiles.dark_pattern, config.inputfiles.flat_pattern) == ("Bias|Dark", "GAIN|LIN")
    assert (config.output.runID, config.output.addsuffix) == (7, "010")
    assert dict(config.windows) == {"DD": 2.0, "DDFF": 10.0}
    settings = config.labels["readnoise"]
    assert settings.ssbsteps == "dq_init, saturation, superbias, refpix"
    assert settings.parameters.description == "Read noise, cryo run 1"
    assert settings.parameters.max_clipping_iters == 8
    assert settings.parameters.subarray is None
    assert config.user_parameters["site"] == "lab 2"


def test_problems_that_remain_have_the_name_of_the_new_file(migrate, tmp_path):
    migrated = migrate(
        "output:\n  runID: first\n  outdir: /a\nDD:\n  max_Delta_MJD: -1\nreffile4ssb:\n  bpm: a\n  mask: b\n"
    )
    lines = [str(problem) for problem in migrated.problems]
    assert [line.split(":")[1] for line in lines] == ["2", "3", "5", "8"]
    assert all(line.startswith(f"{tmp_path}/new.yml:") for line in lines)
    assert "new.yml:7" in lines[3]
    assert not migrated.complete


def test_what_is_left_to_the_user_is_told_once(migrate):
    migrated = migrate("readnoise:\n  imtypes: DX\n  ssbsteps: bpm\n")
    assert (len(migrated.findings), migrated.problems) == (2, ())
    assert not migrated.complete


def test_warnings_of_the_new_file_are_told(migrate):
    assert "did you mean 'instrument'" in migrate("instrumnt: MIRI\n").warnings[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: \xb5m\n", "old.cfg:2: this is no text in UTF-8"),
        (b"SIMPLE  =                    T\x00", "old.cfg:1: this is not valid YAML"),
        (b"- 1\n", "old.cfg:1: this is no configuration"),
    ],
)
def test_what_cannot_be_read_is_refused(migrate, content, said):
    with pytest.raises(UserError, match=said):
        migrate(content)


def test_a_file_that_is_not_there_is_refused(plugins, tmp_path):
    with pytest.raises(UserError, match="No such file"):
        migrate_file(tmp_path / "absent.cfg", tmp_path / "new.yml", plugins, RESERVED)


def test_a_mark_at_the_beginning_of_the_file_goes(migrate):
    assert migrate(b"\xef\xbb\xbfreftypes: rdn\n").text == "reftypes: readnoise\n"


def test_a_file_that_exists_is_replaced_only_by_force(migrate):
    migrated = migrate("reftypes: rdn\n")
    migrated.new.write_text("precious")
    with pytest.raises(UserError, match=r"new.yml exists already: with --force it is replaced"):
        save(migrated, force=False)
    assert migrated.new.read_text() == "precious"
    save(migrated, force=True)
    assert migrated.new.read_text() == "reftypes: readnoise\n"
    assert migrated.old.read_text() == "reftypes: rdn\n"


def test_the_old_file_is_never_replaced(migrate):
    migrated = migrate("reftypes: rdn\n")
    migrated.new.symlink_to(migrated.old)
    with pytest.raises(UserError, match="is the old configuration, which stays as it is"):
        save(migrated, force=True)
    assert migrated.old.read_text() == "reftypes: rdn\n"


def test_a_folder_is_not_replaced(migrate):
    migrated = migrate("reftypes: rdn\n")
    migrated.new.mkdir()
    with pytest.raises(UserError, match="it is no file"):
        save(migrated, force=True)


@pytest.mark.parametrize("folder", ["absent", "old.cfg"])
def test_no_folder_is_made(migrate, tmp_path, folder):
    migrated = replace(migrate("reftypes: rdn\n"), new=tmp_path / folder / "new.yml")
    with pytest.raises(UserError, match=r"there is no folder .*; make it, or name another\.$"):
        save(migrated, force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["old.cfg"]
