"""The contract between the engine and its plugins: the types and hooks both sides agree on.

No algorithm, no file access, no configuration. Plugins import it through `mkrefs.api`.
"""
