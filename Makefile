# make bench          measures mkrefs against its peers (hours; installs these, makes tens of GB of data)
# make bench-small    the same on small arrays
# CASES="readnoise dark" names cases, PYTHON another interpreter; python -m benchmarks --help tells the rest.
PYTHON ?= python
CASES ?=
OPTIONS ?=

.PHONY: bench bench-small

bench:
	$(PYTHON) -m benchmarks $(OPTIONS) $(CASES)

bench-small:
	$(PYTHON) -m benchmarks --size small $(OPTIONS) $(CASES)
