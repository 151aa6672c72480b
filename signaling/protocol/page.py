"""Adapter: writes ``docs/protocol.md`` and ``docs/protocol.schema.json`` from the classes of the protocol.

``python -m signaling.protocol.page`` writes both; a test fails when they are stale.
"""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from signaling.protocol import VERSION, events, frames, journey, queueing, values, waiting_line
from signaling.protocol.commands import Command
from signaling.protocol.errors import ErrorCode
from signaling.protocol.events import Event, Snapshot
from signaling.protocol.examples import EXAMPLES
from signaling.protocol.journey import OPERATOR_INTENTS, Intent
from signaling.protocol.page_text import ENDING, INTRODUCTION
from signaling.protocol.replies import Reply

DOCS = Path(__file__).resolve().parents[2] / "docs"
Model = type[BaseModel]


def page() -> str:
    """The whole page, Markdown."""
    parts = [
        INTRODUCTION.replace("{VERSION}", str(VERSION)).replace("{MAX_FRAME}", str(frames.MAX_FRAME)),
        _group("Frames of the server", _members(frames.ServerFrame), "frame"),
        _group("Frames of the client", _members(frames.ClientFrame), "frame"),
        _group("Parts of frames", (frames.Seen, frames.KioskProof, frames.TokenProof), "method"),
        _group("Commands", _members(Command), "type"),
        _group("Replies", _members(Reply), "type"),
        _group("Events", _members(Event), "type"),
        _group("Snapshots", _members(Snapshot), "type"),
        _group("Intents", _members(Intent), "type"),
        "An operator may send only: " + ", ".join(f"`{_kind(one)}`" for one in OPERATOR_INTENTS) + ".\n",
        _group("Values", _values(), ""),
        _enums(),
        _errors(),
        ENDING,
    ]
    return "\n".join(parts)


def schema() -> str:
    """JSON Schema (2020-12) of every message, under ``$defs``."""
    models: list[tuple[Model, typing.Literal["validation"]]] = [(one, "validation") for one in EXAMPLES]
    _, definitions = models_json_schema(models, title=f"Infomat protocol, version {VERSION}")
    return json.dumps(definitions, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def files() -> dict[Path, str]:
    """Path below ``docs/`` -> what must be in it."""
    return {DOCS / "protocol.md": page(), DOCS / "protocol.schema.json": schema()}


def _members(union: Any) -> tuple[Model, ...]:
    return get_args(get_args(union)[0])


def _values() -> list[Model]:
    """Every class that is part of a message and no message itself."""
    found = []
    for module in (values, journey, events, queueing, waiting_line):
        for _, one in inspect.getmembers(module, inspect.isclass):
            if one.__module__ == module.__name__ and issubclass(one, values.Message) and one.__name__[0] != "_":
                found.append(one)
    messages = {values.Message, *EXAMPLES}
    ordered = sorted((one for one in found if one not in messages), key=lambda one: one.__name__)
    return list(dict.fromkeys(ordered))


def _group(title: str, models: Iterable[Model], tag: str) -> str:
    return f"## {title}\n\n" + "\n".join(_model(model, tag) for model in models)


def _model(model: Model, tag: str) -> str:
    kind = _kind(model)
    name = f"`{kind}`" if kind and tag else model.__name__
    lines = [f"### {name}\n", _prose(model), ""]
    fields = {field: info for field, info in model.model_fields.items() if field not in ("type", "frame", "method")}
    if fields:
        lines += ["| field | type | if absent | meaning |", "|---|---|---|---|"]
        lines += [_field(field, info) for field, info in fields.items()]
        lines.append("")
    example = EXAMPLES.get(typing.cast("type[values.Message]", model))
    if example is not None:
        text = json.dumps(json.loads(example.model_dump_json(exclude_unset=False)), indent=1, ensure_ascii=False)
        lines += ["```json", text, "```", ""]
    return "\n".join(lines)


def _kind(model: Model) -> str:
    for tag in ("type", "frame", "method"):
        if tag in model.model_fields:
            return str(model.model_fields[tag].default)
    return ""


def _prose(thing: Any) -> str:
    return re.sub(r"``([^`]*)``", r"`\1`", inspect.cleandoc(thing.__doc__ or "")).replace("\\n", "\\n")


def _field(name: str, info: FieldInfo) -> str:
    absent = "must be there" if info.is_required() else f"`{_plain(info.default)}`"
    shown = _type(info.annotation, list(info.metadata))
    meaning = re.sub(r"``([^`]*)``", r"`\1`", info.description or _described(info.annotation))
    return f"| `{name}` | {shown} | {absent} | {meaning} |".replace("\n", " ")


def _plain(value: Any) -> str:
    if isinstance(value, BaseModel):
        return value.model_dump_json()
    return json.dumps(value, ensure_ascii=False, default=str)


def _described(annotation: Any) -> str:
    """A description that came with an alias such as Id."""
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, FieldInfo) and extra.description:
            return extra.description
    return ""


def _type(annotation: Any, limits: list[Any] | None = None) -> str:
    limits = limits or []
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        for one in more:
            limits += one.metadata if isinstance(one, FieldInfo) else [one]
        return _type(inner, limits)
    if origin is typing.Literal:
        return " or ".join(f"`{_plain(value)}`" for value in get_args(annotation))
    if origin in (types.UnionType, typing.Union):
        return " or ".join(dict.fromkeys(_type(one, list(limits)) for one in get_args(annotation)))
    if origin is tuple:
        return _tuple(get_args(annotation))
    if origin is dict:
        return f"object of {_type(get_args(annotation)[1])}"
    return _simple(annotation, limits)


def _tuple(inner: tuple[Any, ...]) -> str:
    if len(inner) == 2 and inner[1] is Ellipsis:
        return f"list of {_type(inner[0])}"
    return "list (" + ", ".join(_type(one) for one in inner) + ")"


_SIMPLE = {str: "text", int: "whole number", float: "number", bool: "true/false", type(None): "null", Any: "anything"}


def _simple(annotation: Any, limits: list[Any]) -> str:
    if annotation is datetime:
        return "moment (ISO 8601 with zone)"
    if isinstance(annotation, type) and issubclass(annotation, Enum | BaseModel):
        kind = _kind(annotation) if issubclass(annotation, BaseModel) else ""
        return f"`{kind}`" if kind else annotation.__name__
    shown = _SIMPLE.get(annotation, str(annotation))
    notes = [note for one in limits if (note := _limit(one))]
    return f"{shown} ({', '.join(notes)})" if notes else shown


def _limit(one: Any) -> str:
    match one:
        case MaxLen(max_length=most):
            return f"at most {most}"
        case MinLen(min_length=least):
            return f"at least {least}"
        case Ge(ge=least):
            return f">= {least}"
        case Le(le=most):
            return f"<= {most}"
    pattern = getattr(one, "pattern", None)
    return f"`{pattern}`".replace("|", "\\|") if pattern else ""


def _enums() -> str:
    lines = ["## Lists of words\n"]
    for enum in (values.Role, values.TicketState, values.OperatorStatus, journey.Step):
        words = ", ".join(f"`{one.value}`" for one in enum)
        lines += [f"### {enum.__name__}\n", f"{_prose(enum)} {words}\n"]
    return "\n".join(lines)


def _errors() -> str:
    lines = ["## Errors\n", "The phrase key of a code is `error.` and the code.\n", "| code | meaning |", "|---|---|"]
    meaning: list[str] = []
    for line in inspect.getsource(ErrorCode).splitlines():
        text = line.strip()
        if text.startswith("#:"):
            meaning.append(text[2:].strip())
        elif match := re.match(r'[A-Z_]+ = "(.+)"', text):
            lines.append(f"| `{match[1]}` | {' '.join(meaning)} |")
            meaning = []
    return re.sub(r"``([^`]*)``", r"`\1`", "\n".join(lines)) + "\n"


def main() -> None:
    """Write both files."""
    for path, text in files().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
