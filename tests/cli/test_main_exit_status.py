"""The exit status that a command ends with is the one the program ends with."""

import sys

import pytest

from mkrefs.cli.main import main


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--version"], 0),
        (["plugins"], 0),
        (["plan", "readnoise", "absent.fits"], 0),
        (["readnoise", "absent.fits"], 1),
        (["readnoise"], 2),
        (["redanoise", "absent.fits"], 2),
        (["--bogus", "readnoise", "absent.fits"], 2),
        ([], 2),
    ],
)
def test_every_way_to_end_has_its_status(words, status, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mkrefs", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code or 0) == status
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in capsys.readouterr().err
