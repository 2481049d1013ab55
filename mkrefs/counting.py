"""Numbers of things in words, in one way for all messages."""


def counted(number: int, noun: str) -> str:
    """Give a number with its noun, as in ``1 file`` and ``0 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
