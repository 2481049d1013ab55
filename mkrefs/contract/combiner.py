"""A combiner makes the final file's content from the individual files of one mode."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from mkrefs.contract.parameters import Parameters
from mkrefs.contract.reference_data import ReferenceData


class Combiner(ABC):
    """Base class of all combiners; a plugin subclasses it and registers the class.

    Attributes
    ----------
    name : str
        What a label's section names under ``combiner``.
    Parameters : type
        The declared parameters, set under ``combiner_parameters`` in a label's section.
    """

    name: ClassVar[str]
    Parameters: ClassVar[type[Parameters]] = Parameters

    @abstractmethod
    def combine(self, individuals: Sequence[ReferenceData], parameters: Any) -> ReferenceData:
        """Combine the content of individual reference files.

        Parameters
        ----------
        individuals : sequence of ReferenceData
            At least one; arrays of one name have one shape.
        parameters : Parameters
            An instance of the combiner's own ``Parameters``.

        Returns
        -------
        ReferenceData
            The content of the final file.
        """
