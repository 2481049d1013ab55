"""The fields of the delivery form, and the files of a delivery, are documented."""

import re
from pathlib import Path

from mkrefs.certification.report import CertifyReport
from mkrefs.crds_context.coverage import TrialInsertion
from mkrefs.delivery.candidates import Candidate
from mkrefs.delivery.contents import Contents, record
from mkrefs.delivery.dossier import DeliveredFile, Dossier
from mkrefs.delivery.earlier import UNSUMMED, Before
from mkrefs.delivery.exposures import Exposures
from mkrefs.delivery.fields import FIELDS, FURTHER, Source
from mkrefs.delivery.filling import fill
from mkrefs.delivery.headers import Header
from mkrefs.delivery.inspection import Inspected
from mkrefs.delivery.reports import RunReports
from mkrefs.delivery.texts import (
    CERTIFY_LOG,
    HTML,
    INSERTION_JSON,
    INSERTION_TEXT,
    NOT_READY,
    README,
    REPORTS,
)
from mkrefs.gate.report import GateReport

PAGE = "docs/how-to/deliver.md"
_WHO = {Source.FACT: "mkrefs", Source.JUDGED: "mkrefs, or you", Source.ASKED: "you"}


def test_every_field_is_told_with_who_answers_it(page):
    told = [(row[0].strip("`"), row[1]) for row in page(PAGE).rows("The form")]
    assert told == [(field.name, _WHO[field.source]) for field in FIELDS]
    text = page(PAGE).section("The form")
    assert all(f"`{field.name}`" in text for field in FURTHER)
    assert all(f"`{choice}`" in text for field in FIELDS for choice in field.choices)


def test_every_file_of_a_delivery_is_told(page):
    told = set(re.findall(r"`([^`]+)`", " ".join(row[0] for row in page(PAGE).rows("What is in the folder"))))
    texts = {CERTIFY_LOG, HTML, INSERTION_JSON, INSERTION_TEXT, NOT_READY, README, f"{REPORTS}/"}
    assert told == {"*.fits", *texts, *UNSUMMED}


def test_every_key_of_the_record_is_told(page):
    found = Inspected(CertifyReport((), (), "", ""), GateReport("", ()))
    file = DeliveredFile(
        "a.fits", Candidate(Path("a")), Header({}, ()), "", None, Exposures(), found, RunReports(), {}, {}
    )
    written = record(
        Contents((), Dossier((file,), TrialInsertion("c")), fill({}, {}), Before()), "", {"a.fits": "0"}
    )
    assert page(PAGE).names("The record") == list(written)
    assert page(PAGE).names("Keys of a delivered file") == list(written["files"][0])
    text = page(PAGE).section("The record")
    assert all(f"`{key}`" in text for key in written["form"])
