"""Carries out a creation job: opens calibrated exposures, calls the creator, writes the reference file.

No algorithm lives here, and no decision on what is made from what.
"""
