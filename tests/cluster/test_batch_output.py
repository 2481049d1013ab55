from mkrefs.cluster.batch_output import last_words, output_of

NAMES = ("mkrefs-142.err", "mkrefs-42.err", "mkrefs-42.out", "worker-7.0.err", "worker-17.0.err", "mkrefs.e9")


def test_the_output_of_a_batch_job_is_told_from_those_of_like_numbers(tmp_path):
    for name in NAMES:
        (tmp_path / name).write_text("a word")
    (tmp_path / "mkrefs-142.err").write_text("many words")
    found = {number: output_of(tmp_path, number) for number in ("42", "142", "7.0", "9", "2")}
    assert {number: path and path.name for number, path in found.items()} == {
        "42": "mkrefs-42.err",
        "142": "mkrefs-142.err",
        "7.0": "worker-7.0.err",
        "9": "mkrefs.e9",
        "2": None,
    }


def test_the_last_words_are_those_that_tell_something(tmp_path):
    path = tmp_path / "a.err"
    path.write_text("begun\n2026-11-22 01:06:42,996 - distributed.worker - ERROR - no room\n\nEnd worker\n")
    assert last_words(path) == "no room"
    assert last_words(tmp_path / "none") == ""
