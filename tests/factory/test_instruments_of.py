"""Of which instruments the exposures of a run are."""

import pandas as pd
import pytest

from mkrefs.config import Overrides
from mkrefs.factory.prepare import instruments_of
from mkrefs.factory.settings import read_config
from mkrefs.registry.plugins import load_plugins


@pytest.mark.parametrize(
    ("headers", "found"),
    [(["NIRCAM", None, "MIRI"], ("MIRI", "NIRCAM")), ([None], ("NIRCAM",)), ([], ("NIRCAM",))],
)
def test_headers_may_not_say(headers, found):
    setting = Overrides(main=(("instrument", "NIRCAM"),))
    config = read_config(None, (), setting, load_plugins(), reserved=(), requested=())
    assert instruments_of(pd.DataFrame({"INSTRUME": headers}, dtype=object), config) == found
