"""The part of XML Schema that the message definitions use, read into declarations that can be looked up by qualified name.

Understood: elements with named or anonymous types, references, substitution groups, sequence, choice, wildcard elements, attributes,
extension, restriction by facets, imports. Anything else is refused, because a silently ignored construct would change event codes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

__all__ = ["XS", "Declarations", "Node", "QName", "SchemaUnreadable", "children", "read_declarations", "resolve"]

XS = "http://www.w3.org/2001/XMLSchema"
QName = tuple[str, str]
"""Namespace and local name."""

_IGNORED = frozenset({"annotation", "import"})


class SchemaUnreadable(Exception):
    """A schema file is missing, is no XML, or uses a construct that the tables cannot express."""


@dataclass(frozen=True, slots=True)
class Node:
    """A component of a schema file with what is needed to understand the names in it."""

    element: ElementTree.Element
    target: str
    """Target namespace of its file."""
    prefixes: dict[str, str]
    qualified_elements: bool
    qualified_attributes: bool

    @property
    def kind(self) -> str:
        """Local name of the construct, for example ``complexType``."""
        return self.element.tag.rpartition("}")[2]

    def get(self, name: str) -> str | None:
        """The attribute *name* of the construct."""
        return self.element.get(name)

    def at(self, element: ElementTree.Element) -> Node:
        """*element* of the same file."""
        return Node(element, self.target, self.prefixes, self.qualified_elements, self.qualified_attributes)


@dataclass
class Declarations:
    """Everything that a root schema and its imports declare globally."""

    elements: dict[QName, Node] = field(default_factory=dict)
    types: dict[QName, Node] = field(default_factory=dict)
    members: dict[QName, list[QName]] = field(default_factory=dict)
    """Direct members of each substitution group."""

    def substitutes(self, head: QName) -> list[QName]:
        """The head and all members, also those of members, sorted by local name, then namespace."""
        found, todo = {head}, [head]
        while todo:
            for member in self.members.get(todo.pop(), ()):
                if member not in found:
                    found.add(member)
                    todo.append(member)
        return sorted(found, key=lambda name: (name[1], name[0]))


def read_declarations(root: Path) -> Declarations:
    """Read the schema file *root* and everything it imports.

    Raises:
        SchemaUnreadable: a file is missing or not understood.
    """
    found, seen, todo = Declarations(), set[Path](), [root.resolve()]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        todo.extend(_read_file(path, found))
    return found


def _read_file(path: Path, found: Declarations) -> list[Path]:
    """Add the global components of one file; gives the files that it imports."""
    top, prefixes = _parse(path)
    target = top.get("targetNamespace") or ""
    forms = (top.get("elementFormDefault") == "qualified", top.get("attributeFormDefault") == "qualified")
    whole = Node(top, target, prefixes, *forms)
    imports = []
    for node in (whole.at(element) for element in top):
        if node.kind == "import":
            imports.append(_beside(path, node.get("schemaLocation") or ""))
        elif node.kind == "element":
            name = (target, node.get("name") or "")
            found.elements[name] = node
            if head := node.get("substitutionGroup"):
                found.members.setdefault(resolve(node, head), []).append(name)
        elif node.kind in {"complexType", "simpleType"}:
            found.types[target, node.get("name") or ""] = node
        elif node.kind not in _IGNORED:
            raise SchemaUnreadable(f"{path}: construct '{node.kind}' is not understood")
    return imports


def _parse(path: Path) -> tuple[ElementTree.Element, dict[str, str]]:
    prefixes: dict[str, str] = {}
    top: ElementTree.Element | None = None
    try:
        for event, content in ElementTree.iterparse(path, events=("start", "start-ns")):
            if event == "start-ns":
                prefix, uri = content
                prefixes[prefix] = uri
            elif top is None:
                top = content
    except (OSError, ElementTree.ParseError) as error:
        raise SchemaUnreadable(f"{path}: cannot be read as a schema: {error}") from error
    if top is None or top.tag != f"{{{XS}}}schema":
        raise SchemaUnreadable(f"{path}: is no XML schema")
    return top, prefixes


def _beside(path: Path, location: str) -> Path:
    """The imported file: in the folder of the importing one or in a folder above (the signature schema is shared)."""
    for folder in path.parents[:3]:
        if (candidate := folder / location).is_file():
            return candidate.resolve()
    raise SchemaUnreadable(f"{path}: imports '{location}', which is not there")


def resolve(node: Node, name: str) -> QName:
    """The qualified name that *name* (``prefix:local`` or ``local``) means at *node*."""
    prefix, _, local = name.rpartition(":")
    try:
        return node.prefixes[prefix], local
    except KeyError:
        raise SchemaUnreadable(f"prefix '{prefix}' of '{name}' is not declared") from None


def children(node: Node) -> list[Node]:
    """The parts of a construct, without annotations."""
    return [node.at(element) for element in node.element if node.at(element).kind not in _IGNORED]
