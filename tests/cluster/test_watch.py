"""The thread that looks after workers never ends unnoticed."""

from queue import SimpleQueue

from mkrefs.cluster.watch import Watch


def test_what_breaks_in_the_thread_ends_the_run():
    given_up: SimpleQueue[Exception] = SimpleQueue()
    watch = Watch(object(), None, 0.02, seen=lambda crew: None, give_up=given_up.put)
    assert isinstance(given_up.get(timeout=60), AttributeError)  # that is no client
    watch.stop()
