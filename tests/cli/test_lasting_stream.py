import os
import pty
import tempfile

import pytest

from mkrefs.cli.console import make_console
from mkrefs.cli.terminal import LastingStream


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
