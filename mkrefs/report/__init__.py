"""The report of a run: one HTML page that stands for itself, drawn from what lies in the run folder.

Nothing is judged here: verdicts, findings and numbers are those that the jobs of the run wrote down.
"""
