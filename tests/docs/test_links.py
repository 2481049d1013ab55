"""All relative links lead somewhere, to the right heading too, and every page is in the index."""

import re


def slug(heading: str) -> str:
    """Make the anchor of a heading, as the common renderers do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)


def links(page) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", without_code(page.text))


def anchors(path) -> set[str]:
    text = without_code(path.read_text(encoding="utf-8"))
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def test_relative_links_resolve(pages):
    broken = []
    for page in pages:
        for link in links(page):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (page.path.parent / name).resolve() if name else page.path
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{page.path.name}: {link}")
    assert broken == []


def test_every_page_is_in_the_index(page, pages):
    index = page("docs/README.md")
    linked = {(index.path.parent / link.partition("#")[0]).resolve() for link in links(index)}
    below = {each.path for each in pages if index.path.parent in each.path.parents}
    assert below - linked == {index.path}
