"""Runs on file systems that are full or read-only: real ones, in a mount namespace of their own."""

import shutil
import subprocess

import pytest

#: Mounts a file system with the options $1 at $2, carries out the rest, and lists what was left there.
_ON_A_MOUNT = (
    'mount -t tmpfs -o "$1" none "$2" || exit 99; at="$2"; shift 2; "$@"; status=$?; '
    'find "$at" -type f; exit $status'
)


@pytest.fixture
def on_a_mount(tmp_path):
    """Give the words before a command that mount a file system at `tmp_path / "out"` for it alone."""
    (tmp_path / "out").mkdir()

    def words(options):
        found = ("unshare", "--map-root-user", "--mount", "sh", "-c", _ON_A_MOUNT, "sh", options)
        before = (*found, str(tmp_path / "out"))
        if shutil.which("unshare") is None or subprocess.run([*before, "true"], check=False).returncode:
            pytest.skip("file systems cannot be mounted here, not even in a namespace of their own")
        return before

    return words


def test_a_read_only_file_system_is_told_before_anything_is_done(on_a_mount, run_readnoise, tmp_path, darks):
    out = tmp_path / "out"
    done = run_readnoise(out, *darks("small")[:2], before=on_a_mount("ro"), status=2)
    assert "final file" not in done.stdout
    assert done.stderr.startswith(f"mkrefs: {out}")
    assert "the file system is read-only; choose another output directory" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.pipeline
def test_a_disk_that_fills_fails_the_jobs_and_leaves_nothing_half_written(
    on_a_mount, run_readnoise, tmp_path, darks
):
    out = tmp_path / "out"
    done = run_readnoise(out, *darks("small")[:3], before=on_a_mount("size=512k"), status=1)
    assert "cannot be written: the disk is full; free some space and run again" in done.stderr
    assert "Traceback" not in done.stderr
    products = [line for line in done.stdout.splitlines() if line.endswith("_refpix.fits")]
    made = done.stderr.count("] made    calibrate-")
    assert 0 < made == len(products) < 3
    assert [line for line in done.stdout.splitlines() if ".tmp/" in line] == []
