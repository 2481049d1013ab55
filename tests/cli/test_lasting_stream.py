import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mkrefs.cli.console import make_console
from mkrefs.cli.terminal import READER_GONE, LastingStream


def test_a_terminal_that_goes_away_is_no_error():
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        lasting = LastingStream(stream)
        assert lasting.isatty()
        assert lasting.write("seen\n") == 5
        lasting.flush()
        assert os.read(ours, 100) == b"seen\r\n"
        os.close(ours)
        lasting.write("not seen\n")
        lasting.flush()
        lasting.write("nor is this\n")
        lasting.flush()
        assert not lasting.isatty()


def test_other_errors_are_raised():
    descriptor = os.open("/dev/null", os.O_RDONLY)
    with os.fdopen(descriptor, "w", buffering=1) as stream:
        with pytest.raises(OSError, match="Bad file descriptor"):
            LastingStream(stream).write("much\n")
        os.dup2(os.open("/dev/null", os.O_WRONLY), descriptor)


def test_a_console_that_is_no_terminal_writes_to_the_stream_itself(monkeypatch):
    with tempfile.TemporaryFile("w+") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        make_console().print("a line")
        stream.seek(0)
        assert stream.read() == "a line\n"


def test_a_program_that_reads_no_more_and_a_full_disk_are_no_errors_where_they_are_said_to_be_none():
    ours, theirs = os.pipe()
    os.close(ours)
    for descriptor in (theirs, os.open("/dev/full", os.O_WRONLY)):
        with os.fdopen(descriptor, "w", buffering=1) as stream:
            lasting = LastingStream(stream, READER_GONE)
            lasting.write("not seen\n")
            lasting.write("nor is this\n")
            assert os.path.samestat(os.fstat(descriptor), Path(os.devnull).stat())


_WITHOUT_STREAMS = """
import os, sys
from mkrefs.cli.console import make_console
from mkrefs.cli.terminal import open_standard_streams
open_standard_streams()
make_console().print("not seen")
make_console(stderr=True).print("not seen")
with open(sys.argv[1], "w") as file:
    assert file.fileno() > 2
    file.write(f"{os.get_inheritable(0)} {os.get_inheritable(1)} {os.get_inheritable(2)}")
"""


def test_closed_standard_streams_go_nowhere_and_give_their_place_to_no_file(tmp_path):
    words = [sys.executable, "-c", _WITHOUT_STREAMS, str(tmp_path / "told")]
    subprocess.run(["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words], check=True)
    assert (tmp_path / "told").read_text() == "True True True"
