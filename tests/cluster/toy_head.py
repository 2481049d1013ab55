"""The head of a run that can be killed: toy_head.py SCHEDULER FOLDER has one job that takes long."""

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "running"))

from toy_plan import create_job, settings

from mkrefs.cluster.engine import cluster_engine
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.running.observer import LogLines
from mkrefs.running.runner import run_jobs

if __name__ == "__main__":
    folder = Path(sys.argv[2])
    where = ClusterSettings("dask", scheduler=sys.argv[1])
    engine = cluster_engine(where, run_folder=folder, most_jobs=1)
    jobs = [create_job(folder, "slow", do="sleep")]
    sys.exit(run_jobs(jobs, settings(), LogLines(print, logging.INFO), engine).exit_status)
