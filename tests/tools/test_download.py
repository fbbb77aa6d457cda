import contextlib
import http.server
import socket
import threading
import time

import pytest

from tracker.tools.download import fetch
from tracker.tools.installation import CannotObtainError


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"x" * 200_000)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_file_is_fetched_whole(site, tmp_path):
    fetch(f"{site}/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"x" * 200_000


def test_refusal_names_the_servers_answer(site, tmp_path):
    with pytest.raises(CannotObtainError, match="404"):
        fetch(f"{site}/missing", tmp_path / "file")


def test_unknown_host_is_given_up(tmp_path):
    with pytest.raises(CannotObtainError, match="cannot be reached"):
        fetch("http://nowhere.invalid/file", tmp_path / "file", connect_timeout_s=5)


def test_host_that_never_answers_is_left_at_the_timeout(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(CannotObtainError):
            fetch(
                f"http://127.0.0.1:{silent.getsockname()[1]}/",
                tmp_path / "file",
                connect_timeout_s=0.3,
            )
        assert time.monotonic() - started < 3


def test_transfer_that_takes_too_long_is_ended(site, tmp_path):
    ticks = iter([0.0, 11.0])
    with pytest.raises(CannotObtainError, match="not complete after 10 s"):
        fetch(
            f"{site}/file",
            tmp_path / "file",
            transfer_timeout_s=10,
            clock=lambda: next(ticks, 99.0),
        )
