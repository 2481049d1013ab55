"""What was made, from what, and whether it still holds: manifests and fingerprints.

Standard library only, so that checking a finished run takes no time. Nothing here runs a job.
"""
