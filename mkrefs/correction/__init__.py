"""Carries out a correction job: opens calibrated images, calls the correction, writes images and report.

No algorithm lives here, and no decision on what is corrected with what.
"""
