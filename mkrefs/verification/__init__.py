"""Verification: held-back exposures calibrated with a new reference file and with the previous one, compared.

What is measured on arrays is apart from the pipeline that makes them, and from the reports.
"""
