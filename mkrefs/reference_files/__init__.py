"""Reference files on disk: header, DQ, HISTORY, and writing and reading them through their data models."""
