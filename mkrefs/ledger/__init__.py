"""What was made, from what, and whether it still holds: manifests, fingerprints, journal.

Standard library only, so that checking a finished run takes no time. Nothing here runs a job.
"""
