"""From schema declarations to the tables that the codec reads: flat types, resolved references, facets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.protocols.iso15118.exi.generate.xsd import XS, Declarations, Node, QName, SchemaUnreadable, children, resolve

__all__ = ["Json", "tables"]

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

_INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
_OTHERS: dict[str, list[Json]] = {
    "boolean": ["bool"],
    "hexBinary": ["hex", 0, None],
    "base64Binary": ["base64", 0, None],
    **{name: ["string", 0, None] for name in ("string", "anyURI", "ID", "IDREF")},
}


def tables(declarations: Declarations) -> dict[str, Json]:
    """The table of a schema set.

    ``elements`` lists the global elements in the order of their event codes, ``abstract`` those that only substitutes may stand for.
    A type is a list (simple) or an object (complex): ``attributes`` by name, ``value`` of simple content, ``content`` as nested
    ``[occurrence, name, namespace, type]`` rows.
    """
    return _Writer(declarations).document()


@dataclass
class _Content:
    """A complex type with everything that it inherits."""

    attributes: list[tuple[str, str, str, bool]] = field(default_factory=list)
    particles: list[Json] = field(default_factory=list)
    value: str | None = None
    mixed: bool = False


class _Writer:
    def __init__(self, declarations: Declarations) -> None:
        self._declared = declarations
        self._namespaces: list[str] = []
        self._types: dict[str, Json] = {}
        self._keys: dict[QName, str] = {}

    def document(self) -> dict[str, Json]:
        ordered = sorted(self._declared.elements, key=lambda name: (name[1], name[0]))
        elements: list[Json] = [[name[1], self._namespace(name[0]), self._type_of(self._declared.elements[name])] for name in ordered]
        namespaces: list[Json] = [*self._namespaces]
        abstract: list[Json] = [name[1] for name in ordered if self._is_abstract(self._declared.elements[name])]
        return {"namespaces": namespaces, "abstract": abstract, "elements": elements, "types": dict(sorted(self._types.items()))}

    def _is_abstract(self, element: Node) -> bool:
        """Whether no message may have the element itself, only one of its substitutes."""
        kind = self._declared.types.get(resolve(element, element.get("type") or "")) if element.get("type") else None
        return element.get("abstract") == "true" or (kind is not None and kind.get("abstract") == "true")

    def _namespace(self, uri: str) -> int:
        if uri not in self._namespaces:
            self._namespaces.append(uri)
        return self._namespaces.index(uri)

    # -- types ------------------------------------------------------------------------------------------------------------------

    def _type_of(self, element: Node) -> str:
        """Key of the type of an element or attribute declaration."""
        if name := element.get("type"):
            return self._named(resolve(element, name))
        inner = [node for node in children(element) if node.kind in {"complexType", "simpleType"}]
        if len(inner) != 1:
            raise SchemaUnreadable(f"element '{element.get('name')}' has no type")
        return self._store((element.target, f"{element.get('name')}()"), inner[0])

    def _named(self, name: QName) -> str:
        if name in self._keys:
            return self._keys[name]
        if name[0] == XS:
            key = self._keys[name] = f"xs:{name[1]}"
            self._types[key] = _built_in(name[1])
            return key
        if name not in self._declared.types:
            raise SchemaUnreadable(f"type '{name[1]}' of '{name[0]}' is not declared")
        return self._store(name, self._declared.types[name])

    def _store(self, name: QName, node: Node) -> str:
        taken = {key for other, key in self._keys.items() if other != name}
        key = name[1] if name[1] not in taken else f"{name[1]}@{self._namespace(name[0])}"
        self._keys[name] = key
        if node.kind == "simpleType":
            self._types[key] = self._simple(node)
        else:
            content = _Content()
            self._collect(node, content)
            self._types[key] = self._complex(name[1], content)
        return key

    def _simple(self, node: Node) -> list[Json]:
        restriction = _only(node, "restriction")
        base = resolve(restriction, restriction.get("base") or "")
        inherited = self._types[self._named(base)]
        if not isinstance(inherited, list):
            raise SchemaUnreadable(f"simple type '{node.get('name')}' restricts a complex one")
        return _restricted(inherited, children(restriction))

    def _collect(self, node: Node, into: _Content) -> None:
        """Add what the complex type or extension *node* says to *into*, base types first."""
        into.mixed = into.mixed or node.get("mixed") == "true"
        for part in children(node):
            if part.kind in {"complexContent", "simpleContent"}:
                extension = _only(part, "extension")
                base = resolve(extension, extension.get("base") or "")
                if part.kind == "simpleContent":
                    into.value = self._named(base)
                else:
                    self._collect(self._declared.types[base], into)
                self._collect(extension, into)
            elif part.kind in {"sequence", "choice"}:
                into.particles.append(self._group(part))
            elif part.kind == "attribute":
                space = part.target if part.qualified_attributes else ""
                into.attributes.append((part.get("name") or "", space, self._type_of(part), part.get("use") == "required"))
            else:
                raise SchemaUnreadable(f"construct '{part.kind}' in type '{node.get('name')}' is not understood")

    def _complex(self, name: str, content: _Content) -> dict[str, Json]:
        row: dict[str, Json] = {}
        if content.attributes:
            ordered = sorted(content.attributes, key=lambda item: (item[0], item[1]))
            row["attributes"] = [[int(required), label, self._namespace(space), kind] for label, space, kind, required in ordered]
        if content.particles:
            row["content"] = _merged(content.particles)
        if content.value:
            row["value"] = content.value
        if content.mixed:
            row["mixed"] = True
        if clash := {item[0] for item in content.attributes} & set(_names(row.get("content"))):
            raise SchemaUnreadable(f"type '{name}' has attribute and element of the same name: {', '.join(sorted(clash))}")
        return row

    # -- particles --------------------------------------------------------------------------------------------------------------

    def _group(self, node: Node) -> Json:
        return [_occurs(node), node.kind, [self._particle(part) for part in children(node)]]

    def _particle(self, node: Node) -> Json:
        if node.kind in {"sequence", "choice"}:
            return self._group(node)
        if node.kind == "any":
            return [_occurs(node), "any"]
        if node.kind != "element":
            raise SchemaUnreadable(f"construct '{node.kind}' in a content model is not understood")
        if reference := node.get("ref"):
            names = self._declared.substitutes(resolve(node, reference))
            rows = [self._element(self._declared.elements[name], name, "1") for name in names]
            if len(rows) > 1:
                return [_occurs(node), "choice", rows]
            return self._element(self._declared.elements[names[0]], names[0], _occurs(node))
        return self._element(node, (node.target if node.qualified_elements else "", node.get("name") or ""), _occurs(node))

    def _element(self, node: Node, name: QName, occurs: str) -> Json:
        return [occurs, name[1], self._namespace(name[0]), self._type_of(node)]


def _only(node: Node, kind: str) -> Node:
    parts = children(node)
    if [part.kind for part in parts] != [kind]:
        raise SchemaUnreadable(f"expected '{kind}' alone in '{node.kind}', found {[part.kind for part in parts]}")
    return parts[0]


def _occurs(node: Node) -> str:
    """``1``, ``0..1``, ``1..20``, ``0..*``: how often a particle may occur."""
    low, high = node.get("minOccurs") or "1", node.get("maxOccurs") or "1"
    high = "*" if high == "unbounded" else high
    return low if low == high else f"{low}..{high}"


def _merged(particles: list[Json]) -> Json:
    """One sequence out of those of a type and its bases."""
    flat: list[Json] = []
    for particle in particles:
        if isinstance(particle, list) and particle[:2] == ["1", "sequence"] and isinstance(particle[2], list):
            flat.extend(particle[2])
        else:
            flat.append(particle)
    return flat


def _names(content: Json) -> Iterator[str]:
    for row in content if isinstance(content, list) else ():
        if isinstance(row, list) and len(row) == 4:
            yield str(row[1])
        elif isinstance(row, list) and len(row) == 3:
            yield from _names(row[2])


def _built_in(name: str) -> list[Json]:
    if name in _INTEGERS:
        return ["int", *_INTEGERS[name]]
    if name in _OTHERS:
        return _OTHERS[name]
    raise SchemaUnreadable(f"built-in type 'xs:{name}' is not understood")


def _restricted(base: list[Json], facets: list[Node]) -> list[Json]:
    """*base* narrowed by *facets*."""
    values: list[Json] = [facet.get("value") or "" for facet in facets if facet.kind == "enumeration"]
    if values:
        if len(values) != len(facets) or base[0] != "string":
            raise SchemaUnreadable("an enumeration beside other facets, or of something else than strings, is not understood")
        return ["enum", *values]
    row = list(base)
    places = {"minInclusive": (1,), "maxInclusive": (2,), "length": (1, 2), "minLength": (1,), "maxLength": (2,)}
    for facet in facets:
        numeric = facet.kind.endswith("Inclusive")
        if facet.kind not in places or (base[0] == "int") != numeric or base[0] in {"bool", "enum"}:
            raise SchemaUnreadable(f"facet '{facet.kind}' on '{base[0]}' is not understood")
        for place in places[facet.kind]:
            row[place] = int(facet.get("value") or "")
    return row
