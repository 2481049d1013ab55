"""Files that are either whole or absent: atomic writing and the removal of what a killed run left.

Nothing here knows what the files contain.
"""
