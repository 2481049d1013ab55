"""Engines that send jobs to other machines: a dask scheduler, batch systems through dask-jobqueue.

What a job does, and which may start, is decided elsewhere.
"""
