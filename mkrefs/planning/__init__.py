"""From exposures and settings to a plan: which groups, which pipeline steps, which files, as jobs.

Nothing in here reads a pixel or writes a file.
"""
