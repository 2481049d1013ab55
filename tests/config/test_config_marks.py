"""YAML is read as plain data, with lines, and never executed."""

from pathlib import Path

import pytest

from mkrefs.config.marks import read_file, read_value
from mkrefs.config.problems import ConfigError


@pytest.fixture
def read(tmp_path: Path):
    def _read(content: str | bytes):
        path = tmp_path / "main.yml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        node, problems = read_file(path)
        return node, [str(problem).replace(str(path), "main.yml") for problem in problems]

    return _read


def test_every_value_knows_its_line(read):
    node, problems = read("# comment\na: 1\nb:\n  c: [x,\n      y]\n")
    assert problems == []
    assert node.plain() == {"a": 1, "b": {"c": ["x", "y"]}}
    assert [node.nearest(path)[0].line for path in (("a",), ("b",), ("b", "c"), ("b", "c", 1))] == [
        2,
        3,
        4,
        5,
    ]


def test_a_path_that_does_not_exist_gives_the_nearest_value(read):
    node, _ = read("a: {b: [1]}\n")
    assert node.nearest(("a", "x", "y"))[1] == ("a",)
    assert node.nearest(("a", "b", 3))[1] == ("a", "b")


@pytest.mark.parametrize("content", ["", "\n", "# only a comment\n", "---\n"])
def test_an_empty_file_is_an_empty_configuration(read, content):
    node, problems = read(content)
    assert node.plain() == {}
    assert problems == []


def test_duplicate_keys_name_both_lines(read):
    _, problems = read("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\na: 2\n")
    assert problems == [
        "main.yml:6: a: the key is given twice, on lines 1 and 6; keep one of them",
        "main.yml:5: b.c: the key is given twice, on lines 3 and 5; keep one of them",
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a: [1, 2\nb: 3\n", 2),
        ("a:\n\tb: 1\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        (b"a: 1\nb: \xff\n", 2),
        ("a: 1\nb: \x00\n", 2),
    ],
)
def test_broken_yaml_is_one_sentence(read, content, line):
    node, problems = read(content)
    assert node.plain() == {}
    assert len(problems) == 1
    assert problems[0].startswith(f"main.yml:{line}: this is not valid YAML: ")


@pytest.mark.parametrize("content", ["- 1\n- 2\n", "hello\n"])
def test_the_top_level_must_be_a_mapping(read, content):
    node, problems = read(content)
    assert node.plain() == {}
    assert problems == [
        "main.yml:1: a configuration is a mapping of keys to values, such as 'instrument: NIRCam'"
    ]


def test_files_that_cannot_be_read(tmp_path):
    missing, directory = read_file(tmp_path / "missing.yml"), read_file(tmp_path)
    assert "cannot be read: No such file" in str(missing[1][0])
    assert "cannot be read: Is a directory" in str(directory[1][0])


def test_nothing_is_executed(read, tmp_path):
    target = tmp_path / "executed"
    _, problems = read(
        f"a: !!python/object/apply:os.system ['touch {target}']\n"
        f"b: !!python/name:os.system\n"
        f"c: !!python/object/new:os.system ['touch {target}']\n"
        "d: !mine 3\ne: !!binary aGk=\nf: !!set {x}\n"
    )
    assert not target.exists()
    assert len(problems) == 6
    assert all("is refused" in problem for problem in problems)


def test_tags_that_do_not_fit_are_refused(read):
    _, problems = read("a: !!int x\nb: !!bool maybe\nc: !!int ''\n? [1]\n: 2\n")
    assert [problem.split(":")[1] for problem in problems] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "content", ["a: &a [*a]\n", "a: &a\n  b: *a\n", "a: " + "[" * 5000 + "\n", "a: " + "[" * 60 + "]" * 60]
)
def test_endless_and_deep_values_are_refused(read, content):
    node, problems = read(content)
    assert node.plain() == {}
    assert len(problems) == 1


def test_aliases_that_multiply_are_refused(read):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    _, problems = read("\n".join(lines))
    assert len(problems) == 1
    assert "alias" in problems[0]


def test_merge_keys(read):
    node, problems = read("b: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\n")
    assert problems == []
    assert node.plain()["c"] == {"x": 1, "y": 3}


def test_scalars_are_what_they_look_like(read):
    node, _ = read(
        "date: 2015-10-01T00:00:00\nday: 2015-10-01\nclock: 12:30:00\nzero: 010\nhex: 0x10\nnone:\nyes: on\n"
    )
    assert node.plain() == {
        "date": "2015-10-01T00:00:00",
        "day": "2015-10-01",
        "clock": "12:30:00",
        "zero": 10,
        "hex": 16,
        "none": None,
        "yes": True,
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4),
        ("-4.5", -4.5),
        ("yes", True),
        ("", None),
        ("[a, 1]", ["a", 1]),
        ("{a: {b: 2}}", {"a": {"b": 2}}),
        ('"4"', "4"),
        ("*.fits", "*.fits"),
        ("note: well # done", "note: well # done"),
        ("!!python/name:os.system", "!!python/name:os.system"),
        ("@home & %x", "@home & %x"),
    ],
)
def test_values_of_the_command_line(text, value):
    assert read_value(text, "command line: -p x").plain() == value


@pytest.mark.parametrize("text", ["[1, 2", "'abc", "[1] [2]", "{a: 1, a: 2}", "[!!python/name:os.system x]"])
def test_broken_values_of_the_command_line(text):
    with pytest.raises(ConfigError, match=r"^command line: -p x: "):
        read_value(text, "command line: -p x")
