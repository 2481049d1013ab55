"""The parameters of the label `bad_pixel_mask`: those of both searches, under the documented names."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError, create_model, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from mkrefs.api import Parameters, parameter
from mkrefs_detector.bad_pixel_mask.darks.parameters import DarksParameters
from mkrefs_detector.bad_pixel_mask.darks.settings import CLASS_FLAGS
from mkrefs_detector.bad_pixel_mask.flats.parameters import NULLS, FlatsParameters, has_a_middle
from mkrefs_detector.bad_pixel_mask.parameters import (
    MaskParameters,
    check_flag_values,
    none_in_words,
    one_as_list,
)

#: Names here of what the labels of a single search call otherwise.
FLAT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "sigma_threshold": "flat_mean_sigma_threshold",
        "normalization_method": "flat_mean_normalization_method",
        "signal": "flat_signal",
        "min_integrations": "flat_min_integrations",
        "min_fraction": "flat_min_fraction",
        "do_not_use": "flat_do_not_use",
    }
)
DARK_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "search": "dark_search",
        "clipping_sigma": "dark_stdev_clipping_sigma",
        "max_clipping_iters": "dark_max_clipping_iters",
        "noisy_threshold": "dark_noisy_threshold",
        "max_flagged_fraction": "dark_max_flagged_fraction",
        "do_not_use": "dark_do_not_use",
    }
)
_FLAT_FLAGS: Mapping[str, tuple[str, ...]] = FlatsParameters().flag_values
_DARK_FLAGS: Mapping[str, tuple[str, ...]] = DarksParameters().flag_values
_DARK_TEXT = DarksParameters.model_fields["flag_values"].description
_LISTS = ("dead_flux_check_files", "flat_do_not_use", "dark_do_not_use")
# Declared once for both searches.
_SHARED = frozenset((*MaskParameters.model_fields, "flag_values", "manual_flag_file"))


class _BothSearches(MaskParameters):
    """What both searches share, and how the parameters of each are taken apart again."""

    manual_flag_file: str | None = parameter(
        "default", FlatsParameters.model_fields["manual_flag_file"].description or ""
    )
    flag_values: dict[str, tuple[str, ...]] = parameter(
        {**_FLAT_FLAGS, **_DARK_FLAGS}, f"{_DARK_TEXT} Classes of the search in flats have their own names."
    )

    _lists = field_validator(*_LISTS, mode="before", check_fields=False)(one_as_list)
    _nulls = field_validator(*NULLS, mode="before", check_fields=False)(none_in_words)
    _middle = field_validator("smoothing_box_width", check_fields=False)(has_a_middle)

    @field_validator("flag_values")
    @classmethod
    def _known_flags(cls, value: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        spelled = {
            name.upper() if name.upper() in _FLAT_FLAGS else name.lower(): value[name] for name in value
        }
        return check_flag_values(spelled, (*_FLAT_FLAGS, *CLASS_FLAGS))

    @model_validator(mode="after")
    def _both_parts_hold(self) -> "_BothSearches":
        for part, names in ((self.flats, FLAT_NAMES), (self.darks, DARK_NAMES)):
            try:
                part()
            except ValidationError as error:
                raise _under_names(error, names) from error
        return self

    def flats(self) -> FlatsParameters:
        """Give the parameters of the search in flats."""
        return FlatsParameters(**self._part(FlatsParameters, FLAT_NAMES, tuple(_FLAT_FLAGS)))

    def darks(self) -> DarksParameters:
        """Give the parameters of the search in darks."""
        return DarksParameters(**self._part(DarksParameters, DARK_NAMES, tuple(CLASS_FLAGS)))

    def _part(
        self, declared: type[Parameters], names: Mapping[str, str], classes: Collection[str]
    ) -> dict[str, Any]:
        values = {name: getattr(self, names.get(name, name)) for name in declared.model_fields}
        values["flag_values"] = {name: flags for name, flags in self.flag_values.items() if name in classes}
        return values


def _under_names(error: ValidationError, names: Mapping[str, str]) -> ValidationError:
    """Give the mistakes in the parameters of one search under their names here."""
    mistakes = []
    for each in error.errors():
        message = str(each["msg"]).removeprefix("Value error, ")
        kind = PydanticCustomError("value_error", "{error}", {"error": message})
        place = tuple(names.get(str(name), name) for name in each["loc"])
        mistakes.append(InitErrorDetails(type=kind, loc=place, input=each["input"]))
    return ValidationError.from_exception_data(error.title, mistakes)


def _own(declared: type[Parameters], names: Mapping[str, str]) -> dict[str, Any]:
    """Give the fields of one search under their names here."""
    return {
        names.get(name, name): (info.annotation, info)
        for name, info in declared.model_fields.items()
        if name not in _SHARED
    }


BadPixelMaskParameters = create_model(
    "BadPixelMaskParameters",
    __base__=_BothSearches,
    __doc__="What the section of the label `bad_pixel_mask` may set.",
    **_own(FlatsParameters, FLAT_NAMES),
    **_own(DarksParameters, DARK_NAMES),
)
