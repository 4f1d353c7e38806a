"""What is wrong with a JSON-RPC message whatever its method, said as the error that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types

_CODES = types.ErrorCodes


def request_id(message: Any) -> int | str | None:
    """Return the id under which a message may be answered, None where it has none that could be one."""
    number = message.get("id") if isinstance(message, Mapping) else None
    return number if isinstance(number, int | str) and not isinstance(number, bool) else None


def why_malformed(message: Any) -> types.ResponseError | None:
    """Return what keeps a message from being a request, a notification or a response; None where it is one."""
    if not isinstance(message, Mapping):
        return _invalid(f"a message must be an object, not {_kind(message)}; send batches one by one")
    if message.get("jsonrpc") != "2.0":
        return _invalid(f'jsonrpc must be "2.0", not {message.get("jsonrpc")!r}')
    if "method" not in message and "id" not in message:
        return _invalid("a message needs a method, or the id of the request that it answers")
    if not isinstance(message.get("method", ""), str):
        return _invalid(f"method must be a string, not {message['method']!r}")
    if "method" in message and "id" in message and request_id(message) is None:
        return _invalid(f"the id of a request must be a whole number or a string, not {message['id']!r}")
    return None


def why_untimely(method: str, *, is_initialized: bool, is_shut_down: bool) -> types.ResponseError | None:
    """Return why a request or a notification may not come now, None where it may."""
    if method == types.EXIT:
        return None
    if is_shut_down:
        return _invalid(f"{method} came after shutdown; only exit may follow")
    if is_initialized and method == types.INITIALIZE:
        return _invalid("initialize came a second time; start another server for another session")
    if not is_initialized and method != types.INITIALIZE:
        return types.ResponseError(_CODES.ServerNotInitialized, f"{method} came before initialize; send that first")
    return None


def misfit(message: Mapping[str, Any]) -> types.ResponseError:
    """Return the error for params that the method does not have, or for a result that no such request has."""
    part = f"the params of {message['method']} are" if "method" in message else "the result is"
    return types.ResponseError(_CODES.InvalidParams, f"{part} not what the protocol says")


def not_json(error: ValueError | RecursionError) -> types.ResponseError:
    """Return the error for a body that cannot be read."""
    return types.ResponseError(_CODES.ParseError, f"the message is not JSON: {error}")


def _invalid(message: str) -> types.ResponseError:
    return types.ResponseError(_CODES.InvalidRequest, message)


def _kind(value: Any) -> str:
    return "an array" if isinstance(value, list) else repr(value)
