from mkrefs.jobs.calibrating import CalibrateJob, ExposureFile, Product, SelectJob
from mkrefs.jobs.correcting import CorrectJob, ImageInput
from mkrefs.jobs.exposures import exposures_of
from mkrefs.jobs.json_form import job_to_json


def test_exposures_are_found_in_jobs_of_any_kind():
    calibrate = CalibrateJob("c", "e1", "/1", ("dq_init",), (Product(("dq_init",), "/1_dq_init.fits"),))
    select = SelectJob("s", (ExposureFile("e2", "/2"), ExposureFile("e1", "/1")), ("dark",), (), "/s.json")
    assert exposures_of(job_to_json(calibrate)) == ("e1",)
    assert exposures_of(job_to_json(select)) == ("e2", "e1")
    correct = CorrectJob("l", "level_match", (ImageInput("I1", "e3", "/3", "/o"),), {}, "/l.json")
    assert exposures_of(job_to_json(correct)) == ("e3",)
    assert exposures_of({"kind": "NewJob", "ramps": [{"exposure": "a"}, {"exposure": "a"}, 3]}) == ("a",)
    assert exposures_of({"kind": "NewJob", "exposures": ["a", 3, "b"]}) == ("a", "b")
    assert exposures_of({"kind": "NewJob", "exposures": "ab", "sources": 5}) == ()
