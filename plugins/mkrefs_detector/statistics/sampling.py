"""Which of many values are enough to tell a median or a scatter."""


def spread_step(size: int, most: int) -> int:
    """Give the step from value to value that leaves no more than so many.

    It is odd: detectors read columns, or rows, in turn with two or four outputs, and an even step would fall
    on those of some outputs alone.

    Parameters
    ----------
    size : int
        Number of values.
    most : int
        How many are enough.

    Returns
    -------
    int
        1 if all are to be taken.
    """
    return max(1, -(-size // most)) | 1
