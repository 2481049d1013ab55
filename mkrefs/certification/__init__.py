"""Certifies reference files with the real ``crds certify``, offline, several at once.

Whether a valid file is also a good one is not decided here.
"""
