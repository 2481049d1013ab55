"""mkrefs migrate: what is written, printed and returned."""

import pytest

OLD = "reflabels: [readnoise]  # ours\nreadnoise:\n  reftype: rdn\n  imtypes: D+\n"
NEW = OLD.replace("rdn", "readnoise")


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.cfg"
    path.write_text(OLD)
    return path


def test_the_result_lies_beside_the_old_file(mkrefs, old, tmp_path):
    done = mkrefs("migrate", "old.cfg", cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "Changed:",
        "old.cfg:3: readnoise.reftype: rdn -> readnoise: the name of the reference type in CRDS",
        "",
        "old.yml written: 1 change, mkrefs reads it without an error.",
    ]
    assert done.stderr == ""
    assert (tmp_path / "old.yml").read_text() == NEW
    assert old.read_text() == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.cfg", "old.yml"]


def test_a_file_that_exists_stays_without_force(mkrefs, old, tmp_path):
    (tmp_path / "new.yml").write_text("precious")
    done = mkrefs("migrate", "old.cfg", "-o", "new.yml", cwd=tmp_path, status=2)
    assert done.stderr.startswith("mkrefs: new.yml exists already: with --force it is replaced")
    assert (tmp_path / "new.yml").read_text() == "precious"
    mkrefs("migrate", "old.cfg", "-o", "new.yml", "--force", cwd=tmp_path)
    assert (tmp_path / "new.yml").read_text() == NEW


def test_a_dry_run_prints_the_result_and_writes_nothing(mkrefs, old, tmp_path):
    done = mkrefs("migrate", old, "--dry-run", cwd=tmp_path)
    assert done.stdout == NEW
    assert "rdn -> readnoise" in done.stderr
    assert done.stderr.endswith("nothing written: 1 change, mkrefs reads it without an error.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["old.cfg"]


def test_the_status_tells_that_something_is_left_to_the_user(mkrefs, old, tmp_path):
    old.write_text(OLD.replace("D+", "DX"))
    done = mkrefs("migrate", old, cwd=tmp_path, status=1)
    assert "Left to you:" in done.stdout
    assert done.stdout.endswith("1 change, 1 left to you.\n")
    assert (tmp_path / "old.yml").exists()


@pytest.mark.parametrize("words", [(), ("absent.cfg",), ("old.cfg", "-o", "old.cfg", "--force"), (".",)])
def test_wrong_usage_is_one_sentence(mkrefs, old, tmp_path, words):
    done = mkrefs("migrate", *words, cwd=tmp_path, status=2)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["old.cfg"]


def test_what_was_migrated_runs(mkrefs, darks, old, tmp_path):
    mkrefs("migrate", old, cwd=tmp_path)
    done = mkrefs("plan", "--cfgfile", "old.yml", "readnoise", *darks("small")[:2], cwd=tmp_path)
    assert "readnoise" in done.stdout
