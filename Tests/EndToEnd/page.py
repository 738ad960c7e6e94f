"""Reads a page as a strict reader would: balanced tags, what is labelled, what stands where."""

import html.parser
from dataclasses import dataclass, field

VOID = {"meta", "link", "img", "input", "br", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict
    parent: "Element | None" = None
    children: list = field(default_factory=list)

    @property
    def text(self):
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def words(self):
        return " ".join(self.text.split())

    def all(self, tag=None, **attributes):
        """Elements below, in order, of a tag and with these attributes (`class_` for one class of several)."""
        for child in self.children:
            if isinstance(child, str):
                continue
            if (tag is None or child.tag == tag) and child.has(attributes):
                yield child
            yield from child.all(tag, **attributes)

    def one(self, tag=None, **attributes):
        found = list(self.all(tag, **attributes))
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def has(self, attributes):
        for name, wanted in attributes.items():
            value = self.attributes.get(name.rstrip("_").replace("_", "-"))
            if name == "class_":
                if wanted not in (value or "").split():
                    return False
            elif value != wanted:
                return False
        return True


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.at = self.root

    def handle_starttag(self, tag, attributes):
        assert len(dict(attributes)) == len(attributes), f"an attribute of <{tag}> stands twice"
        element = Element(tag, {name: value or "" for name, value in attributes}, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.at = self.at.parent

    def handle_endtag(self, tag):
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.tag}> is never closed"
    return reader.root


def problems(page):
    """What a person who cannot see, has no mouse or trusts nobody would stumble over."""
    found = []
    everything = list(page.all())
    ids = [element.attributes["id"] for element in everything if "id" in element.attributes]
    found += [f"id {name} stands twice" for name in set(ids) if ids.count(name) > 1]
    for element in everything:
        attributes = element.attributes
        found += [f"inline {name} on <{element.tag}>" for name in attributes if name == "style" or name.startswith("on")]
        found += [
            f"{name} goes elsewhere: {attributes[name]}"
            for name in ("href", "src", "action")
            if name in attributes and not (attributes[name].startswith(("/", "#")) and not attributes[name].startswith("//"))
        ]
        for name in ("aria-labelledby", "aria-describedby"):
            found += [f"{name} names nothing: {word}" for word in attributes.get(name, "").split() if word not in ids]
        if element.tag in ("script", "style") and element.text.strip():
            found.append(f"<{element.tag}> has content")
        if element.tag in ("input", "select", "textarea") and attributes.get("type") != "hidden":
            if not any(label.attributes.get("for") == attributes.get("id") for label in page.all("label")):
                found.append(f"<{element.tag} name={attributes.get('name')}> has no label")
        if element.tag in ("a", "button") and not (element.words or "aria-label" in attributes):
            found.append(f"<{element.tag}> says nothing")
        if element.tag == "img" and "alt" not in attributes:
            found.append("<img> without alt")
        if element.tag == "svg" and element.parent.tag != "svg":
            if attributes.get("aria-hidden") != "true" and "aria-labelledby" not in attributes:
                found.append("<svg> neither named nor hidden")
        if element.tag == "th" and "scope" not in attributes:
            found.append("<th> without scope")
        if element.tag == "form" and attributes.get("method", "").lower() == "post":
            if not any(field.attributes.get("name") == "form" and field.attributes.get("value") for field in element.all("input")):
                found.append(f"form to {attributes.get('action')} carries no token")
    html_element = page.one("html")
    if html_element.attributes.get("lang") != "en":
        found.append("no language")
    for tag in ("title", "main", "h1", "header", "footer"):
        count = len([e for e in page.all(tag) if e.parent.tag in {"title": ["head"], "header": ["body"]}.get(tag, [e.parent.tag])])
        if count != 1:
            found.append(f"{count} of <{tag}>")
    levels = [int(e.tag[1]) for e in everything if e.tag in ("h1", "h2", "h3", "h4")]
    found += [f"h{a} is followed by h{b}" for a, b in zip(levels, levels[1:]) if b > a + 1]
    if levels and levels[0] != 1:
        found.append("the first heading is no h1")
    return found
