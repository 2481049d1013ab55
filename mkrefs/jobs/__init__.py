"""Jobs as plain values: what planning hands to the runner, to the disk, or to another machine.

A job carries all that it needs; nobody below planning sees the configuration. JSON in and out.
"""
