"""A YAML file that people edit: read strictly, and refused with the file, the key, the value found and what is allowed."""

from __future__ import annotations

from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from yaml.constructor import ConstructorError

from sportdata.errors import RefusedInput

Model = TypeVar("Model", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """Plain YAML values; a key given twice is an error, and an impossible date stays text for the model to refuse by name."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ConstructorError(None, None, "a key must be a plain word", key.start_mark)
            if key.value in seen:
                raise ConstructorError(None, None, f"the key {key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def day_or_text(self, node: yaml.ScalarNode) -> object:
        try:
            return self.construct_yaml_timestamp(node)
        except (ValueError, OverflowError):
            return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.day_or_text)


def load(text: str, where: str) -> dict[str, Any]:
    """The mapping that a YAML document holds. Raises RefusedInput on a syntax error, a duplicate key, or anything but a mapping."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise RefusedInput(f"{where}{line}: {error.problem or error.context}; allowed: YAML, each key once") from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise RefusedInput(f"{where}: {' '.join(str(error).split())}; allowed: YAML, each key once") from error
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise RefusedInput(f"{where}: found {shown(document)}; allowed: keys with their values, one a line")
    return document


def shown(value: object) -> str:
    """A value as an error shows it: on one line, at most 60 characters."""
    try:
        text = repr(value)
    except ValueError:  # a whole number written in hexadecimal may be longer than Python prints
        return f"a value ({type(value).__name__}) that is too long to be shown"
    return text if len(text) <= 60 else f"{text[:57]}..."


def validated(model: type[Model], document: object, where: str) -> Model:
    """The document as a model. Raises RefusedInput that names every key at fault; `where` is the file, or the file and a key."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise RefusedInput("; ".join(_sentence(model, dict(fault), where) for fault in error.errors())) from error


def _sentence(model: type[BaseModel], fault: dict[str, Any], where: str) -> str:
    path = [str(part) for part in fault["loc"] if isinstance(part, str)]
    name = f"{where}: {'.'.join(path)}" if path else where
    if fault["type"] == "extra_forbidden":
        return f"{name} is not a known key; allowed: {', '.join(_fields(model, path[:-1]))}"
    fields = _fields(model, path[:-1])
    allowed = fields[path[-1]].description if path and path[-1] in fields else None
    allowed = allowed or str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "missing" and isinstance(fault["loc"][-1], str):
        return f"{name} is missing; allowed: {allowed}"
    return f"{name} is {shown(fault['input'])}; allowed: {allowed}"


def _fields(model: type[BaseModel], path: list[str]) -> dict[str, FieldInfo]:
    for part in path:
        inner = model.model_fields[part].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return {}
        model = inner
    return model.model_fields
