"""A client that keeps connections busy: the same request on all of them, again and again."""

import selectors
import socket
import time
from typing import NamedTuple

HOST = "127.0.0.1"
_AT_ONCE = 1 << 18


class Load(NamedTuple):
    """What came back: answers a second, and the milliseconds that half and 99 % of them took."""

    per_second: float
    median: float
    p99: float


def post(body: bytes, content_type: str) -> bytes:
    head = (
        f"POST /invocations HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {content_type}\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """A connection with one request open."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def ask(self, request: bytes) -> None:
        self._left = memoryview(request)
        self._answer = b""
        self._size: int | None = None
        self.began = time.perf_counter()

    def send(self) -> bool:
        """Send what there is room for; tell whether all of it is sent."""
        while self._left:
            try:
                sent = self.socket.send(self._left)
            except BlockingIOError:
                return False
            self._left = self._left[sent:]
        return True

    def receive(self) -> bool:
        """Receive what there is; tell whether the answer is whole."""
        piece = self.socket.recv(_AT_ONCE)
        if not piece:
            raise SystemExit("the server has closed a connection")
        self._answer += piece
        if self._size is None and b"\r\n\r\n" in self._answer:
            head, _, _ = self._answer.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"refused: {self._answer[:500].decode()}")
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            self._size = len(head) + 4 + int(length)
        return self._size is not None and len(self._answer) >= self._size


def run(port: int, request: bytes, connections: int, seconds: float) -> Load:
    """Ask on all connections for some seconds."""
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        begin(selector, connection, request)
    took: list[float] = []
    began = now = time.perf_counter()
    while now < began + seconds:
        for key, events in selector.select(1):
            connection = key.data
            if events & selectors.EVENT_WRITE and connection.send():
                selector.modify(connection.socket, selectors.EVENT_READ, connection)
            if events & selectors.EVENT_READ and connection.receive():
                took.append(time.perf_counter() - connection.began)
                begin(selector, connection, request)
        now = time.perf_counter()
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    took.sort()
    median, p99 = (1000 * took[int(len(took) * share)] for share in (0.5, 0.99))
    return Load(len(took) / (now - began), median, p99)


def begin(selector: selectors.BaseSelector, connection: Connection, request: bytes) -> None:
    connection.ask(request)
    waiting_for = selectors.EVENT_READ | (0 if connection.send() else selectors.EVENT_WRITE)
    selector.modify(connection.socket, waiting_for, connection)


def wait_for_ping(port: int, seconds: float = 30) -> None:
    """Return when ``GET /ping`` is answered."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        try:
            with socket.create_connection((HOST, port)) as client:
                client.sendall(b"GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                if client.recv(100).startswith(b"HTTP/1.1 200"):
                    return
        except ConnectionError:
            time.sleep(0.002)
    raise SystemExit(f"no ping within {seconds} s")
