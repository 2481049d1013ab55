"""Delivery: final files in a folder for CRDS, with the form, logs, checksums and provenance.

Whether the files are good, and what they would do to the rules, is found out elsewhere and told here.
"""
