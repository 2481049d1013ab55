"""The whole factory on simulated darks: what ``mkrefs demo`` does. Prints nothing itself."""
