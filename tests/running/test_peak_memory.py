from pathlib import Path

import pytest
from toy_plan import create_job, run

from mkrefs.ledger.manifest import manifest_path, read_manifest
from mkrefs.running import peak_memory as module
from mkrefs.running.peak_memory import forget_peak, peak_memory

SIZE = 60_000_000


def test_what_was_had_and_given_back_is_seen_until_it_is_forgotten():
    forget_peak()
    before = peak_memory()
    assert len(bytearray(b"x") * SIZE) == SIZE
    assert before + 0.9 * SIZE < peak_memory() < before + 3 * SIZE
    forget_peak()
    assert peak_memory() < before + 0.5 * SIZE


def test_other_systems_tell_of_the_whole_life(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(module, "_STATUS", tmp_path / "none")
    monkeypatch.setattr(module, "_CLEAR", tmp_path / "no" / "such")
    forget_peak()
    assert peak_memory() > 1_000_000


def test_manifests_tell_it(tmp_path: Path):
    job = create_job(tmp_path, "one")
    run([job])
    path = manifest_path(job)
    manifest = read_manifest(path)
    assert manifest is not None
    assert 5_000_000 < manifest.peak_memory < 2_000_000_000
    path.write_text(path.read_text().replace("peak_memory", "unknown_to_me"))
    earlier = read_manifest(path)
    assert earlier is not None
    assert earlier.peak_memory == 0
