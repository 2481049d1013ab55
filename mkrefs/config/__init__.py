"""YAML files and command line to one frozen `Config`; every mistake is reported at once, with file and line.

Nothing here knows exposures, groups or pixels.
"""

from mkrefs.config.batch import Batch
from mkrefs.config.config import Config, correction_settings, label_settings
from mkrefs.config.kept_batch import kept_batch
from mkrefs.config.labels import CorrectionSettings, LabelSettings
from mkrefs.config.layers import Overrides
from mkrefs.config.load import load_config
from mkrefs.config.problems import ConfigError, Place, Problem
from mkrefs.config.schema import Output

__all__ = [
    "Batch",
    "Config",
    "ConfigError",
    "CorrectionSettings",
    "LabelSettings",
    "Output",
    "Overrides",
    "Place",
    "Problem",
    "correction_settings",
    "kept_batch",
    "label_settings",
    "load_config",
]
