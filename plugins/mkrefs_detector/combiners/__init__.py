"""The standard combiners: how individual reference files of one mode become the final one."""
