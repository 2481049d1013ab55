"""What runs made, from what, how long it took and what failed: collected from journals and manifests.

Nothing is written here, and no file but those two kinds is read.
"""
