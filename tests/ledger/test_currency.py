import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.json_form import job_to_json
from mkrefs.ledger import currency as currency_module
from mkrefs.ledger import file_record
from mkrefs.ledger.currency import Currency, currency, renew_manifests
from mkrefs.ledger.file_record import record_file
from mkrefs.ledger.fingerprint import fingerprint
from mkrefs.ledger.manifest import Manifest, manifest_path, read_manifest, write_manifest
from mkrefs.ledger.products import single_products

VERSIONS = {"mkrefs": "1", "jwst": "3"}


def judge(
    job: CalibrateJob, versions: dict[str, str] = VERSIONS, context: str = "one.pmap", rules: str = "one"
) -> Currency:
    return currency(job, versions=versions, context=context, rules_of=lambda job: rules)


@pytest.fixture
def made(job: CalibrateJob) -> CalibrateJob:
    for output in job.outputs:
        Path(output).write_text(f"product {Path(output).name}")
    inputs = tuple(record_file(path) for path in job.inputs)
    digests = {each.path: each.digest for each in inputs}
    for part in single_products(job):
        manifest = Manifest(
            state="made",
            job=job_to_json(part),
            fingerprint=fingerprint(part, digests, VERSIONS, "one"),
            inputs=inputs,
            outputs=tuple(record_file(path) for path in part.outputs),
            versions=VERSIONS,
            context="one.pmap",
            seconds=1.5,
            notes=("a note",),
            warnings=(),
            started="2026-01-01T00:00:00+00:00",
            ended="2026-01-01T00:00:01+00:00",
            host="here",
            pid=1,
            rules="one",
        )
        write_manifest(manifest_path(part), manifest)
        assert read_manifest(manifest_path(part)) == manifest
    return job


def test_what_was_made_is_current_and_its_files_are_recorded(made: CalibrateJob):
    verdict = judge(made)
    assert verdict.current
    assert verdict.notes == ("a note",)
    assert {record.path for record in verdict.records} == {*made.inputs, *made.outputs}


def test_each_product_has_a_manifest_beside_it(made: CalibrateJob):
    for output in made.outputs:
        assert Path(output + ".manifest.json").is_file()


def test_a_pass_that_saves_fewer_states_keeps_what_a_larger_one_left(made: CalibrateJob):
    for product in made.products:
        alone = replace(made, id="another", steps=product.steps, products=(product,))
        assert judge(alone).current


def test_a_pass_is_current_only_if_all_its_products_are(made: CalibrateJob):
    Path(made.outputs[1] + ".manifest.json").unlink()
    assert not judge(made).current


def test_what_was_never_made_is_not_current(job: CalibrateJob):
    assert judge(job).reason == "not made yet"


def test_files_without_a_manifest_are_not_current(made: CalibrateJob):
    manifest_path(made).unlink()
    assert judge(made).reason == "what is there has no valid manifest"


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"state": "made"}', "\ud800"])
def test_a_damaged_manifest_is_not_current(made: CalibrateJob, damage: str):
    manifest_path(made).write_bytes(damage.encode("utf-8", "surrogatepass"))
    assert judge(made).reason == "what is there has no valid manifest"


def test_any_part_of_a_manifest_is_not_the_manifest(made: CalibrateJob):
    whole = manifest_path(made).read_bytes()
    verdicts = set()
    for length in range(0, len(whole) - 2, 23):
        manifest_path(made).write_bytes(whole[:length])
        verdicts.add(judge(made).current)
    assert verdicts == {False}


@pytest.mark.parametrize(
    "swap", [("made", "failed"), ('"size": 3', '"size": "x"'), ('"inputs": [', '"inputs": 3, "x": [')]
)
def test_a_manifest_of_another_form_is_not_current(made: CalibrateJob, swap: tuple[str, str]):
    text = manifest_path(made).read_text()
    assert swap[0] in text
    manifest_path(made).write_text(text.replace(*swap))
    assert not judge(made).current


def test_touching_files_changes_nothing(made: CalibrateJob):
    for path in (*made.inputs, *made.outputs):
        os.utime(path, ns=(1, 1))
    assert judge(made).current


def test_manifests_of_earlier_versions_hold_and_their_files_are_read(made: CalibrateJob):
    for output in made.outputs:
        path = Path(output + ".manifest.json")
        path.write_text(re.sub(r',\s*"ctime_ns": \d+', "", path.read_text()))
        assert all(record.ctime_ns == 0 for record in read_manifest(path).inputs)
    assert judge(made).current
    Path(made.outputs[1]).write_text("PRODUCT e1_saturation.fits")
    assert not judge(made).current


def test_a_change_with_the_times_of_before_is_seen(made: CalibrateJob):
    path = Path(made.outputs[1])
    before = path.stat()
    path.write_text(path.read_text().upper())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert "was changed after it was made" in judge(made).reason


@pytest.mark.parametrize("year", [1971, 2100])
def test_files_of_any_time_are_as_good_as_others(made: CalibrateJob, year: int):
    seconds = (year - 1970) * 31_556_952
    for path in (*made.inputs, *made.outputs):
        os.utime(path, (seconds, seconds))
    assert judge(made).current
    Path(made.source).write_text("RAW")
    os.utime(made.source, (seconds, seconds))
    assert "its input e1_uncal.fits has changed" in judge(made).reason


def test_where_much_was_read_again_manifests_are_renewed(made: CalibrateJob, monkeypatch: pytest.MonkeyPatch):
    time.sleep(0.02)  # so that records of now can be trusted
    assert judge(made).worn == ()  # little was read
    monkeypatch.setattr(currency_module, "_MUCH", 0)
    renew_manifests(judge(made))
    assert judge(made).worn == ()
    for path in (*made.inputs, *made.outputs):
        Path(path).chmod(0o600)
    time.sleep(0.02)
    verdict = judge(made)
    assert [path for path, _ in verdict.worn] == [Path(output + ".manifest.json") for output in made.outputs]
    renew_manifests(verdict)
    again = judge(made)
    assert (again.current, again.worn, again.notes) == (True, (), ("a note",))
    monkeypatch.setattr(file_record, "content_digest", lambda stream: "not to be read")
    assert judge(made).current


def _rewrite_input(job: CalibrateJob) -> None:
    Path(job.source).write_text("RAW")


def _remove_input(job: CalibrateJob) -> None:
    Path(job.source).unlink()


def _truncate_output(job: CalibrateJob) -> None:
    Path(job.outputs[1]).write_text("")


def _change_output(job: CalibrateJob) -> None:
    Path(job.outputs[1]).write_text("PRODUCT e1_saturation.fits")


def _remove_output(job: CalibrateJob) -> None:
    Path(job.outputs[1]).unlink()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_rewrite_input, "its input e1_uncal.fits has changed"),
        (_remove_input, "cannot be read"),
        (_truncate_output, "was changed after it was made"),
        (_change_output, "was changed after it was made"),
        (_remove_output, "is missing"),
    ],
)
def test_changed_files_are_seen(made: CalibrateJob, damage: Callable[[CalibrateJob], None], reason: str):
    damage(made)
    verdict = judge(made)
    assert not verdict.current
    assert reason in verdict.reason


def test_changed_versions_rules_and_recipe_are_named(made: CalibrateJob):
    assert judge(made, versions={"mkrefs": "1", "jwst": "4"}).reason == "made with jwst 3, now 4"
    assert judge(made, context="two.pmap").current  # another name alone changes nothing
    changed = judge(made, context="two.pmap", rules="two").reason
    assert changed == "made by other rules of CRDS, those of one.pmap, now two.pmap"
    assert judge(replace(made, optional=("dq_init",))).reason == "optional changed"
    assert judge(replace(made, overrides={})).reason == "the job has changed"
    product = replace(made.products[0], steps=("group_scale", "dq_init"))
    changed = replace(made, products=(product, made.products[1]))
    assert judge(changed).reason == "steps changed"


def test_a_moved_run_is_still_current(made: CalibrateJob, tmp_path: Path):
    moved = tmp_path / "moved"
    (tmp_path / "out").rename(moved)
    products = tuple(replace(each, path=str(moved / Path(each.path).name)) for each in made.products)
    assert judge(replace(made, products=products)).current


def test_the_ledger_needs_the_standard_library_only():
    script = "import sys, mkrefs.ledger.currency; print(','.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"numpy", "jwst", "pandas", "astropy", "pydantic"} & set(loaded.stdout.strip().split(","))
