"""Rules: frozen dataclasses to JSON and back, the same text for the same value on every machine."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from datetime import datetime
from enum import Enum
from itertools import combinations

from equeue.errors import MalformedEvent

#: Metadata of a field that a later release added: left out while it has its default, so that the text of what
#: happened before, and with it every hash over it, stays as it was.
LATER: typing.Final = types.MappingProxyType({"later": True})

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_ESCAPED = json.encoder.encode_basestring


def to_plain(value: object) -> dict[str, object]:
    """``{"type": class name, field: value ...}`` with tuples as lists, times as ISO 8601, enums as values."""
    assert dataclasses.is_dataclass(value)
    plain: dict[str, object] = {"type": type(value).__name__}
    for name in _fields_of(type(value)):
        plain[name] = _plain_value(getattr(value, name))
    for name, default in _later_of(type(value)):
        if getattr(value, name) == default:
            del plain[name]
    return plain


def to_text(value: object) -> str:
    """``to_plain`` as canonical JSON: sorted keys, no spaces, UTF-8 letters as they are."""
    cls = type(value)
    return (_WRITERS.get(cls) or _writer_of(cls))(value)


_Writer = typing.Callable[[typing.Any], str]
#: Writers of whole values, each made for one class: a step of the queue writes five of them.
_WRITERS: dict[type, _Writer] = {}
#: The moment written last and its text: most that is told in a step is of the moment of the step.
_LAST_MOMENT: list[tuple[datetime | None, str]] = [(None, "")]


def moment_text(value: datetime) -> str:
    """ISO 8601, as ``datetime.isoformat`` has it."""
    last, text = _LAST_MOMENT[0]
    if value is not last:
        text = value.isoformat()
        _LAST_MOMENT[0] = value, text
    return text


class _FieldWriters(dict[type, _Writer]):
    """Writers of what stands in the fields, but for texts and None."""

    def __missing__(self, cls: type) -> _Writer:
        write: _Writer = _written_by_json
        if issubclass(cls, Enum):
            texts: dict[object, str] = {one: _ENCODER.encode(one.value) for one in cls}
            write = texts.__getitem__
        self[cls] = write
        return write


_FIELD_WRITERS = _FieldWriters(
    {
        int: str,
        bool: lambda value: "true" if value else "false",
        datetime: lambda value: f'"{moment_text(value)}"',
    }
)


def _written_by_json(value: object) -> str:
    return _ENCODER.encode(_plain_value(value))


def _writer_of(cls: type) -> _Writer:
    later = _later_of(cls)
    forms = {some: _made_for(cls, some, {}) for some in _choices([name for name, _ in later])}

    def any_form(value: object) -> str:
        """With just the fields that have another value than before there were such fields."""
        return forms[frozenset([name for name, default in later if getattr(value, name) == default])](value)

    writer = _WRITERS[cls] = _made_for(cls, frozenset(dict(later)), dict(later), any_form)
    return writer


def _choices(names: list[str]) -> typing.Iterator[frozenset[str]]:
    for count in range(len(names) + 1):
        yield from map(frozenset, combinations(names, count))


def _made_for(
    cls: type, left_out: frozenset[str], defaults: dict[str, object], otherwise: _Writer | None = None
) -> _Writer:
    """A function that writes the values of one class without the fields ``left_out``, unless one of ``defaults`` is
    another: made from text, as dataclasses make ``__init__``; a loop over names and types takes three times as long."""
    pieces = {"type": f'"type":{_ESCAPED(cls.__name__)}'}
    for name in _fields_of(cls):
        if name not in left_out:
            text = f'text(one) if (kind := type(one := value.{name})) is str else "null" if one is None else '
            text += "others[kind](one)"
            pieces[name] = f'"{name}":{{{text}}}'
    usual = " and ".join(["True", *(f"value.{name} == defaults[{name!r}]" for name in defaults)])
    body = "{{" + ",".join(pieces[name] for name in sorted(pieces)) + "}}"
    source = f"def write(value):\n    return f'''{body}''' if {usual} else otherwise(value)"
    made: dict[str, typing.Any] = {}
    exec(source, {"text": _ESCAPED, "others": _FIELD_WRITERS, "defaults": defaults, "otherwise": otherwise}, made)
    return typing.cast(_Writer, made["write"])


class Registry:
    """Reads back what ``to_text`` wrote, for the classes it was given, and nothing else."""

    def __init__(self, classes: typing.Iterable[type]) -> None:
        self._classes = {cls.__name__: cls for cls in classes}
        self._hints = {cls.__name__: typing.get_type_hints(cls) for cls in self._classes.values()}

    def from_plain(self, plain: object) -> object:
        """The value again; raises MalformedEvent for an unknown type and for wrong, missing or odd fields."""
        if not isinstance(plain, dict) or not isinstance(plain.get("type"), str):
            raise MalformedEvent("an event is an object with a type")
        name = plain["type"]
        cls, hints = self._classes.get(name), self._hints.get(name)
        if cls is None or hints is None:
            raise MalformedEvent(f"no event is called {name!r}")
        given = {key: _tuples(value) for key, value in plain.items() if key != "type"}
        for key, value in given.items():
            if key not in hints or not _fits(value, hints[key]):
                raise MalformedEvent(f"{name}.{key} is unknown or of a wrong kind")
        try:
            return cls(**given)
        except TypeError as error:
            raise MalformedEvent(f"{name}: {error}") from error

    def from_text(self, text: str) -> object:
        """As ``from_plain``, from JSON text."""
        try:
            plain = json.loads(text)
        except ValueError as error:
            raise MalformedEvent(f"not JSON: {error}") from error
        return self.from_plain(plain)


_FIELDS: dict[type, tuple[str, ...]] = {}
_LATER: dict[type, tuple[tuple[str, object], ...]] = {}


def _fields_of(cls: type) -> tuple[str, ...]:
    names = _FIELDS.get(cls)
    if names is None:
        names = _FIELDS[cls] = tuple(field.name for field in dataclasses.fields(cls))
    return names


def _later_of(cls: type) -> tuple[tuple[str, object], ...]:
    """(name, default) of the fields that a later release added."""
    found = _LATER.get(cls)
    if found is None:
        later = [one for one in dataclasses.fields(cls) if one.metadata.get("later")]
        found = _LATER[cls] = tuple((one.name, one.default) for one in later)
    return found


def _plain_value(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain_value(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _tuples(value: object) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _fits(value: object, hint: object) -> bool:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return any(_fits(value, one) for one in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        item = typing.get_args(hint)[0]
        return isinstance(value, tuple) and all(_fits(one, item) for one in value)
    if typing.get_origin(hint) is typing.Literal:
        return value in typing.get_args(hint)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(hint, type) and isinstance(value, hint)
