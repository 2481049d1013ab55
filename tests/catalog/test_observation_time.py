import pytest
from astropy.time import Time

from mkrefs.catalog import CatalogRules
from mkrefs.catalog.observation_time import find_mjd

BOTH = CatalogRules(dateobs_fitskey="DATE-END", timeobs_fitskey="time-end", mjdobs_fitskey="MJD-OBS")
DATE = CatalogRules(dateobs_fitskey="DATE-END")


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"MJD-OBS": 59000.5, "DATE-END": "2022-03-04", "EXPSTART": 1.0}, 59000.5),
        ({"MJD-OBS": "59000.5"}, 59000.5),
        ({"MJD-OBS": "unknown", "EXPSTART": 59642.5}, 59642.5),
        ({"DATE-END": "2022-03-04T12:00:00", "EXPSTART": 1.0}, 59642.5),
        ({"DATE-END": "2022-03-04T12:00:00", "TIME-END": "18:00:00"}, 59642.5),
        ({"DATE-END": "2022-03-04", "TIME-END": "12:00:00.000"}, 59642.5),
        ({"DATE-END": "2022-03-04", "EXPSTART": 59642.25}, 59642.25),
        ({"DATE-END": "2022-03-04"}, None),
        ({"DATE-END": "yesterday", "TIME-END": "noon", "EXPSTART": 59642.25}, 59642.25),
        ({"EXPSTART": 0.0}, None),
        ({"DATE-BEG": "2022-03-04T12:00:00.0", "MJD-AVG": 1.0}, 59642.5),
        ({"DATE-OBS": "2022-03-04", "TIME-OBS": "12:00:00.000", "MJD-AVG": 1.0}, 59642.5),
        ({"DATE-OBS": "2022-03-04", "MJD-BEG": 59642.25, "MJD-AVG": 1.0}, 59642.25),
        ({"DATE-OBS": "2022-03-04", "MJD-AVG": 59642.25}, 59642.25),
        ({"DATE-OBS": "2022-03-04"}, None),
        ({"DATE-BEG": 17}, None),
        ({}, None),
    ],
)
def test_order_of_keywords(keywords, expected):
    assert find_mjd(keywords, BOTH) == expected


def test_a_date_alone_counts_where_no_time_keyword_is_named():
    assert find_mjd({"DATE-END": "2022-03-04"}, DATE) == 59642.0
    assert find_mjd({"DATE-END": "2022-03-04", "EXPSTART": 59642.25}, DATE) == 59642.25


@pytest.mark.parametrize("text", ["2022-03-04T05:06:07.891", "2022-03-04T05:06:07", "2027-12-31T23:59:59.9"])
def test_agrees_with_astropy(text):
    assert find_mjd({"DATE-END": text}, DATE) == pytest.approx(Time(text).mjd, abs=1e-9)
