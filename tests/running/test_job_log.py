import logging
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from toy_plan import create_job, whole_plan

from mkrefs.errors import UserError
from mkrefs.running.job_log import job_log, last_lines, log_path


@pytest.mark.filterwarnings("always")
def test_all_that_is_said_goes_to_the_log_and_afterwards_to_the_terminal(tmp_path: Path, capfd):
    path = tmp_path / "new" / "job.log.txt"
    with job_log(path) as log:
        os.write(1, b"a descriptor\n")
        subprocess.run([sys.executable, "-c", "print('a child')"], check=True)
        logging.getLogger("jwst.step").info("an info")
        logging.getLogger("jwst.step").debug("a debug")
        for _ in range(2):
            logging.getLogger("jwst.step").error("an error")
        warnings.warn("a warning", UserWarning, stacklevel=1)
        log.write("a word of our own\n")
        os.write(2, b"an afterthought\n")
        assert log.last_lines()[-2:] == ("a word of our own", "an afterthought")
    os.write(1, b"seen\n")
    text = path.read_text()
    for said in ("a descriptor", "a child", "an info", "an error", "a warning", "a word of our own"):
        assert said in text
    assert "a debug" not in text
    assert len(log.warnings) == 2
    assert log.warnings[0] == "an error"
    assert capfd.readouterr() == ("seen\n", "")


def test_logging_is_left_as_it_was(tmp_path: Path):
    root = logging.getLogger()
    before = (root.level, list(root.handlers), warnings.showwarning)
    with pytest.raises(ZeroDivisionError), job_log(tmp_path / "log.txt"):
        _ = 1 / 0
    assert (root.level, list(root.handlers), warnings.showwarning) == before


def test_the_log_of_an_earlier_attempt_is_replaced(tmp_path: Path):
    for word in ("first", "second"):
        with job_log(tmp_path / "log.txt"):
            os.write(1, word.encode())
    assert (tmp_path / "log.txt").read_text() == "second"


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied", str(tmp_path / "log.txt"))

    monkeypatch.setattr(Path, "open", refuse)
    with (
        pytest.raises(UserError, match=r"log\.txt: cannot be written: permission"),
        job_log(tmp_path / "log.txt"),
    ):
        pass


def test_last_lines(tmp_path: Path):
    (tmp_path / "log.txt").write_text("\n".join(map(str, range(20))))
    assert last_lines(tmp_path / "log.txt", 3) == ("17", "18", "19")
    assert last_lines(tmp_path / "none.txt") == ()


def test_a_log_is_named_after_the_output_and_never_takes_its_place(tmp_path: Path):
    assert log_path(create_job(tmp_path, "one")).name == "one.log.txt"
    job = whole_plan(tmp_path)[0]
    log = replace(job.products[1], path=str(log_path(job)))
    assert log_path(replace(job, products=(job.products[0], log))).name == "e0_dq_init.fits.log.txt"


def test_text_that_no_file_can_hold_is_written_all_the_same(tmp_path: Path):
    path = tmp_path / "job.log.txt"
    with job_log(path) as log:
        log.add_warning("bad name: \udcff.fits")
        log.write("bad name: \udcff.fits\n")
        log.write_warnings()
    assert path.read_text() == "bad name: \\udcff.fits\n"
    assert (tmp_path / "job.err.txt").read_text() == "bad name: \\udcff.fits\n"


def test_last_lines_do_nothing_to_a_terminal_and_are_short(tmp_path: Path):
    path = tmp_path / "log.txt"
    path.write_bytes(b"lost\n" * 20_000 + b"\x1b[31mred\x00\xff\n" + b"x" * 600 + b"\n")
    assert last_lines(path, 2) == ("\ufffd[31mred\ufffd\ufffd", "x" * 500 + "...")
    path.write_bytes(b"x" * 200_000)
    assert last_lines(path) == ("x" * 500 + "...",)
