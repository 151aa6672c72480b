"""The protocol's classes: every message round-trips, has an example, and the page says what the classes say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from signaling.protocol import commands, events, frames, journey, replies
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.examples import EXAMPLES
from signaling.protocol.frames import MAX_FRAME, read_client_frame, read_server_frame
from signaling.protocol.page import files
from signaling.protocol.values import Message
from signaling.server.command_table import TABLE

UNIONS: dict[str, Any] = {
    "command": commands.Command,
    "reply": replies.Reply,
    "event": events.Event,
    "snapshot": events.Snapshot,
    "intent": journey.Intent,
    "client frame": frames.ClientFrame,
    "server frame": frames.ServerFrame,
}
ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(union) for name, union in UNIONS.items()}
ALL = [(name, one) for name, union in UNIONS.items() for one in get_args(get_args(union)[0])]


@pytest.mark.parametrize(("union", "message"), ALL, ids=lambda one: getattr(one, "__name__", one))
def test_every_message_has_an_example_that_round_trips(union: str, message: type[Message]) -> None:
    example = EXAMPLES[message]
    assert ADAPTERS[union].validate_json(example.model_dump_json()) == example


def test_there_is_no_example_of_something_that_is_no_message() -> None:
    assert set(EXAMPLES) == {one for _, one in ALL}


FINITE = st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.one_of(
    st.text(max_size=30), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False), st.just([])
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_is_put_in_a_field_is_refused_by_name_or_survives_the_wire(data: st.DataObject) -> None:
    command = data.draw(st.sampled_from([one for name, one in ALL if name == "command"]))
    frame = frames.CommandFrame(id="1", command=EXAMPLES[command])  # type: ignore[arg-type]
    told = json.loads(frame.model_dump_json())
    place, key = data.draw(st.sampled_from(list(_leaves(told))))
    place[key] = data.draw(LEAVES)
    try:
        read = read_client_frame(json.dumps(told))
    except ProtocolError as error:
        refused = error.error_code
    else:
        assert read_client_frame(read.model_dump_json()) == read
        return
    assert refused in (ErrorCode.MALFORMED, ErrorCode.UNKNOWN_TYPE)


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of each place in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _leaves(inner)


def test_fields_of_a_newer_version_are_ignored() -> None:
    told = json.loads(
        frames.CommandFrame(id="1", command=commands.VisitBegin(visit_id="v", language="ru")).model_dump_json()
    )
    told["command"]["new"] = told["new"] = {"deep": [1]}
    read = read_client_frame(json.dumps(told))
    assert isinstance(read, frames.CommandFrame)
    assert read.command == commands.VisitBegin(visit_id="v", language="ru")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.MALFORMED),
        ("{", ErrorCode.MALFORMED),
        ("[1]", ErrorCode.MALFORMED),
        ('{"frame": "command"}', ErrorCode.MALFORMED),
        ('{"frame": "command", "id": "1", "command": {"type": "floor.watch", "on": "perhaps"}}', ErrorCode.MALFORMED),
        ('{"frame": "command", "id": "1", "command": {"type": "no.such"}}', ErrorCode.UNKNOWN_TYPE),
        ('{"frame": "no_such"}', ErrorCode.UNKNOWN_TYPE),
        ("x" * (MAX_FRAME + 1), ErrorCode.TOO_LARGE),
    ],
)
def test_bad_frames_are_refused_by_name(text: str, code: ErrorCode) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_client_frame(text)
    assert refused.value.error_code is code


def test_an_event_of_a_newer_server_is_told_apart_from_nonsense() -> None:
    with pytest.raises(ProtocolError) as refused:
        read_server_frame('{"frame": "event", "epoch": "e", "number": 1, "event": {"type": "from.the.future"}}')
    assert refused.value.error_code is ErrorCode.UNKNOWN_TYPE


def test_the_page_and_the_schema_are_not_stale() -> None:
    for path, text in files().items():
        assert path.read_text() == text, f"{path.name} is stale: run python -m signaling.protocol.page"


def test_the_schema_accepts_the_examples() -> None:
    schema = json.loads(next(text for path, text in files().items() if path.suffix == ".json"))
    for message, example in EXAMPLES.items():
        root = {"$ref": f"#/$defs/{message.__name__}", "$defs": schema["$defs"]}
        jsonschema.Draft202012Validator(root).validate(json.loads(example.model_dump_json()))


def test_every_command_has_a_row_in_the_servers_table_and_its_docstring_says_from_whom_it_may_come() -> None:
    assert set(TABLE) == {one for name, one in ALL if name == "command"}
    for command in TABLE:
        assert "From: " in (command.__doc__ or "")
        assert "Reply: " in (command.__doc__ or "")
