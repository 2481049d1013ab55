"""What the classes of exposures are said to get is what crds gives, for every exposure and date."""

from itertools import product

import pytest
from crds.core import rmap
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.crds_context.exposure_classes import selecting_keywords
from mkrefs.crds_context.rules_trial import Outcome, category_choices, dated_files, try_rules

PATHS = ("META.INSTRUMENT.DETECTOR", "META.EXPOSURE.READPATT", "META.SUBARRAY.NAME")
DATE = ("META.OBSERVATION.DATE", "META.OBSERVATION.TIME")
DATES = ("2000-01-01 00:00:00", "2010-01-01 12:00:00", "2020-01-01 00:00:00")
MOMENTS = ("1990-01-01 00:00:00", *DATES, "2010-01-01 11:59:59", "2030-01-01 00:00:00")
DETECTORS = ("NRCA1", "NRCA2")
READPATTS = ("RAPID", "BRIGHT1", "DEEP8", "UNHEARD")
SUBARRAYS = ("FULL", "SUB160", "SUB64P")

CATEGORIES = st.tuples(
    st.sampled_from((*DETECTORS, "ANY", "N/A", "NRCA1|NRCA2")),
    st.sampled_from((*READPATTS[:3], "ANY", "N/A", "RAPID|BRIGHT1", "NOT RAPID", "BRIGHT*")),
    st.sampled_from((*SUBARRAYS[:2], "ANY", "N/A", "GENERIC", "FULL|SUB160")),
)
DATED = st.dictionaries(st.sampled_from(DATES), st.sampled_from(("a.fits", "b.fits", "c.fits")), min_size=1)


def rules(cases: dict[tuple[str, ...], dict[str, str] | str], extra: str = "") -> rmap.ReferenceMapping:
    lines = [
        f"{key!r} : {f'UseAfter({files!r})' if isinstance(files, dict) else repr(files)},"
        for key, files in cases.items()
    ]
    text = f"""header = {{
    'classes' : ('Match', 'UseAfter'), 'derived_from' : 'a test', 'filekind' : 'READNOISE',
    'instrument' : 'NIRCAM', 'mapping' : 'REFERENCE', 'name' : 'jwst_nircam_readnoise_0001.rmap',
    'observatory' : 'JWST', 'parkey' : ({PATHS!r}, {DATE!r}), 'sha1sum' : '0', {extra}
}}
selector = Match({{{"".join(lines)}}})
"""
    return rmap.ReferenceMapping.from_string(text, "jwst_nircam_readnoise_0001.rmap", ignore_checksum=True)


def ask(rules_: rmap.ReferenceMapping | None, header: dict[str, str]) -> str:
    if rules_ is None:
        return "N/A"
    best = rules_.get_best_ref(header)
    if not isinstance(best, str) or best.upper() == "NOT FOUND N/A":
        return "N/A" if best is None or isinstance(best, str) else ""
    return "" if best.startswith("NOT FOUND") else best


def check(old: rmap.ReferenceMapping | None, new: rmap.ReferenceMapping, axes: list[tuple[str, ...]]) -> None:
    changed = frozenset(
        key for key, choice in category_choices(new).items() if "new.fits" in dated_files(choice).values()
    )
    outcomes = try_rules(old, new, changed)
    keywords = selecting_keywords(new)
    for values in product(*axes):
        hits = [one for one in outcomes if has(one, values)]
        assert len(hits) <= 1
        for moment in MOMENTS:
            header = dict(zip((*keywords, *DATE), (*values, *moment.split()), strict=True))
            before, after = ask(old, header), ask(new, header)
            if not hits:
                assert before == after or old is None
                continue
            spans = [
                span
                for span in hits[0].spans
                if span.since <= moment and (not span.until or moment < span.until)
            ]
            assert [(span.before, span.after) for span in spans] == [(before, after)]


def has(outcome: Outcome, values: tuple[str, ...]) -> bool:
    return all(
        (value in one.named) != one.others
        for one, value in zip(outcome.exposures.values, values, strict=True)
    )


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(CATEGORIES, st.one_of(DATED, st.just("N/A")), max_size=6), CATEGORIES, st.data())
def test_the_table_says_what_crds_gives(cases, category, data):
    useafter = data.draw(st.sampled_from(DATES))
    standing = cases.get(category, {})
    dated = standing if isinstance(standing, dict) else {}
    new = rules({**cases, category: {**dated, useafter: "new.fits"}})
    check(rules(cases) if cases else None, new, [DETECTORS, READPATTS, SUBARRAYS])


def test_keywords_that_only_conditions_look_at_count():
    extra = "'rmap_relevance' : '(META.INSTRUMENT.LAMP_STATE != \"FLAT\")',"
    old = rules({("NRCA1", "ANY", "GENERIC"): {DATES[0]: "a.fits"}}, extra)
    new = rules({("NRCA1", "ANY", "GENERIC"): {DATES[0]: "a.fits", DATES[1]: "new.fits"}}, extra)
    assert selecting_keywords(new) == (*PATHS, "META.INSTRUMENT.LAMP_STATE")
    check(old, new, [DETECTORS, READPATTS, SUBARRAYS, ("FLAT", "NONE")])


@pytest.mark.parametrize(
    ("other", "dates", "tied"),
    [
        (("NRCA1", "ANY", "SUB160"), DATES[:1], True),  # neither is a special case of the other
        (("NRCA1", "N/A", "SUB160"), DATES[:1], False),  # N/A weighs less than ANY
        (("NRCA2", "ANY", "SUB160"), DATES[:1], False),
    ],
)
def test_equally_good_categories_tie(other, dates, tied):
    new = rules({other: dict.fromkeys(dates, "a.fits"), ("NRCA1", "RAPID", "ANY"): {DATES[1]: "new.fits"}})
    outcomes = try_rules(None, new, frozenset({("NRCA1", "RAPID", "*")}))
    assert any(outcome.ties for outcome in outcomes) == tied
