"""The official checks of reference files; each module holds those of one aspect.

The limits for instruments and detectors are no part of the code: they come with `limits`.
"""
