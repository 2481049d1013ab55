"""Runs pipeline steps on one exposure: the only room that calls the jwst package. Decides nothing."""
