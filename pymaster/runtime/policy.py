"""policy - asks policy servers (SMTPD_POLICY_README): `name=value` lines, an empty line; the answer is `action=...`.

Connections are kept for the next question. A server that does not answer is asked again (try_limit), on a fresh
connection, and then counts as failed: the caller has a default for that.
"""

import time
from dataclasses import dataclass

import gevent

from pymaster.config.params.smtpd_filter import SmtpdFilterParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.values import seconds
from pymaster.config.words import split_assignment, split_list, strip_braces
from pymaster.runtime.stream import Stream, connect
from pymaster.util.errors import ConfigError, ConnectionLost, DeadlineExceeded, LookupFailed

_LONGEST_ANSWER = 16384


@dataclass(slots=True)
class Limits:
    """smtpd_policy_service_*: seconds, and how often one question is tried."""

    timeout: float
    max_idle: float
    max_ttl: float
    requests: int
    tries: int
    delay: float


class PolicyClient:
    """One policy service as a check names it: an endpoint, or `{ endpoint, name=value ... }`."""

    def __init__(self, snapshot: Snapshot, argument: str) -> None:
        """Raises ConfigError when the argument makes no sense."""
        words = split_list(strip_braces(argument))
        if not words:
            raise ConfigError("need a policy service endpoint")
        options = dict(split_assignment(strip_braces(word)) for word in words[1:])
        self._address = address(words[0])
        self._limits = _limits(snapshot[SmtpdFilterParams], options)
        # (stream, born, last used, requests)
        self._idle: list[tuple[Stream, float, float, int]] = []

    def __call__(self, attributes: list[tuple[str, str]]) -> str:
        """The action for these attributes; raises LookupFailed."""
        data = "".join([f"{name}={value}\n" for name, value in attributes]).encode("utf-8", "replace") + b"\n"
        reason = ""
        for attempt in range(self._limits.tries):
            if attempt:
                gevent.sleep(self._limits.delay)
            try:
                return self._ask(data)
            except (OSError, ConnectionLost, DeadlineExceeded, ValueError) as exc:
                reason = "timeout" if isinstance(exc, DeadlineExceeded) else str(exc) or type(exc).__name__
        raise LookupFailed(reason)

    def _ask(self, data: bytes) -> str:
        deadline = time.monotonic() + self._limits.timeout
        stream, born, requests = self._take(deadline)
        try:
            stream.send(data, deadline)
            answer = b""
            while not answer.endswith(b"\n\n"):
                more = stream.recv(deadline)
                if not more or len(answer) > _LONGEST_ANSWER:
                    raise ConnectionLost("the policy server closed the connection" if not more else "answer too long")
                answer += more
        except BaseException:
            stream.close()
            raise
        self._keep(stream, born, requests + 1)
        return _action(answer)

    def _take(self, deadline: float) -> tuple[Stream, float, int]:
        now = time.monotonic()
        while self._idle:
            stream, born, used, requests = self._idle.pop()
            # Readable while idle means closed, or something nobody asked for.
            fresh = now - used < self._limits.max_idle and now - born < self._limits.max_ttl
            if fresh and not stream.readable_now():
                return stream, born, requests
            stream.close()
        return connect(self._address, deadline), now, 0

    def _keep(self, stream: Stream, born: float, requests: int) -> None:
        if self._limits.requests and requests >= self._limits.requests:
            stream.close()
        else:
            self._idle.append((stream, born, time.monotonic(), requests))

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop()[0].close()


def address(endpoint: str) -> str | tuple[str, int]:
    """`unix:path`, `inet:host:port` as connect takes it; raises ConfigError."""
    kind, _, rest = endpoint.partition(":")
    if kind == "unix" and rest:
        return rest
    host, _, port = rest.rpartition(":") if ":" in rest else ("127.0.0.1", "", rest)
    if kind != "inet" or not port.isascii() or not port.isdecimal() or len(port) > 5:
        raise ConfigError(f'bad policy service endpoint "{endpoint}"')
    host = host.strip("[]") or "127.0.0.1"
    return ("127.0.0.1" if host == "localhost" else host), int(port)


def _limits(params: SmtpdFilterParams, options: dict[str, str]) -> Limits:
    return Limits(
        _time(options, "timeout", params.smtpd_policy_service_timeout),
        _time(options, "max_idle", params.smtpd_policy_service_max_idle),
        _time(options, "max_ttl", params.smtpd_policy_service_max_ttl),
        _count(options, "request_limit", params.smtpd_policy_service_request_limit),
        max(_count(options, "try_limit", params.smtpd_policy_service_try_limit), 1),
        _time(options, "retry_delay", params.smtpd_policy_service_retry_delay),
    )


def _time(options: dict[str, str], name: str, default: float) -> float:
    if name not in options:
        return default
    value = seconds(options[name])
    if value is None:
        raise ConfigError(f'bad policy service attribute {name} = "{options[name]}"')
    return value


def _count(options: dict[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ConfigError(f'bad policy service attribute {name} = "{text}"')
    return int(text)


def _action(answer: bytes) -> str:
    for line in answer.split(b"\n"):
        if line.startswith(b"action="):
            return line[7:].decode("utf-8", "replace")
    raise ValueError("no action in the policy server's answer")
