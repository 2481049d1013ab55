"""Carries out a plan: which job may start, in which process, what is shown meanwhile, and how it stops.

What a job does is looked up by name, so that neither configuration nor algorithms are known here.
"""
