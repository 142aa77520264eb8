"""YAML text as plain data that remembers on which line every key and item is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.core import ConfigError, Problem

__all__ = ["Document", "KeyPath", "read_document"]

KeyPath = tuple[str | int, ...]

_TAB_INDENT = re.compile(r" *\t")


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML mapping with the lines of its parts."""

    file: Path
    data: dict[str, object]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    """What is wrong although the text could be read: duplicate keys, keys that are no text."""
    partial: set[KeyPath] = field(default_factory=set)
    """Sections with bad keys: what they lack may be what is misspelt in them."""

    def line(self, path: KeyPath) -> int:
        """Line of *path* or of its nearest parent that is written in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, text: str, path: KeyPath = (), line: int | None = None) -> Problem:
        """A problem at *path*, which the message names; on *line* if that is another than the one of *path*."""
        place = ".".join(map(str, path))
        return Problem(f"{place}: {text}" if place else text, self.file, self.line(path) if line is None else line)


def read_document(file: Path) -> Document:
    """Read the one YAML mapping in *file*.

    Raises:
        ConfigError: not there, no UTF-8, no YAML, or no mapping.
    """
    text = _read_text(file)
    tabs = [number for number, line in enumerate(text.splitlines(), 1) if _TAB_INDENT.match(line)]
    if tabs:
        raise ConfigError([Problem("tab in the indentation; use blanks", file, number) for number in tabs])
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise ConfigError(Problem("the file is empty", file))
        if not isinstance(root, MappingNode):
            raise ConfigError(Problem("expected 'key: value' lines at top level", file, root.start_mark.line + 1))
        document = Document(file, {})
        document.data.update(_Reader(loader, document).mapping(root, ()))
        return document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise ConfigError(Problem(f"no readable YAML: {what}", file, mark.line + 1 if mark else None)) from error
    except yaml.YAMLError as error:
        raise ConfigError(Problem(f"no readable YAML: {str(error).splitlines()[0]}", file)) from error
    except RecursionError as error:
        raise ConfigError(Problem("no readable YAML: nested too deeply", file)) from error


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        text = f"no UTF-8 text (byte {error.start} is 0x{error.object[error.start]:02X})"
        raise ConfigError(Problem(text, file, error.object.count(b"\n", 0, error.start) + 1)) from error
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", file)) from error


class _Loader(yaml.SafeLoader):
    """Safe loader without aliases: a file that says everything where it is read has one line for every value."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not allowed here, write the value out", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


class _Reader:
    def __init__(self, loader: yaml.SafeLoader, document: Document) -> None:
        self._loader = loader
        self._document = document

    def mapping(self, node: MappingNode, path: KeyPath) -> dict[str, object]:
        result: dict[str, object] = {}
        document = self._document
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._value(key_node, path)
            if not isinstance(key, str):
                written = f"'{key_node.value}' " if isinstance(key_node, ScalarNode) else ""
                document.problems.append(document.problem(f"key {written}is no text; put it in quotes", path, line))
                continue
            here = (*path, key)
            if key in result:
                document.problems.append(document.problem(f"key '{key}' is already set on line {document.lines[here]}", path, line))
                continue
            document.lines[here] = line
            result[key] = self._value(value_node, here)
        return result

    def _value(self, node: Node, path: KeyPath) -> object:
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
        try:
            value: object = self._loader.construct_object(node)
        except ValueError as error:
            raise yaml.MarkedYAMLError(problem=f"'{node.value}': {error}", problem_mark=node.start_mark) from error
        return value

    def _item(self, node: Node, path: KeyPath) -> object:
        self._document.lines[path] = node.start_mark.line + 1
        return self._value(node, path)
