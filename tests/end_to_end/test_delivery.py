"""What a delivery finds in the folder of a real run."""

import shutil
from pathlib import Path

from mkrefs.delivery.candidates import find_candidates
from mkrefs.delivery.exposures import exposures_behind
from mkrefs.delivery.reports import run_reports


def test_the_final_files_of_a_run_are_found_with_all_that_is_known_of_them(small_run, tmp_path):
    copy = Path(shutil.copytree(small_run, tmp_path / "moved"))
    found = find_candidates([copy])
    (final,) = found.files
    assert found.warnings == ()
    assert final.label == "readnoise"
    assert ".final_nrcb1_sub64p_" in final.path.name
    exposures = exposures_behind(final.path, final.manifest)
    assert len(exposures.names) == 3
    assert exposures.days == "2024-03-01"
    assert len(exposures.pipeline) == 1
    assert {path.name for path in run_reports(final).files} == {f"{final.path.name}.manifest.json"}
