"""A real MLflow server on loopback that can be stopped, frozen and starved, and a door to it."""

import contextlib
import http.client
import os
import resource
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil

from tracker.tracking.server import free_port, wait_until_ready


class Server:
    """`mlflow server` with a store and artifacts of its own in `folder`, always on one port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port(0)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_TRACKING")},
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
                *("--host", "127.0.0.1", "--port", str(self.port)),
                *("--backend-store-uri", f"sqlite:///{self.folder / 'mlflow.db'}"),
                *("--artifacts-destination", str(self.folder / "kept")),
            ],
            env=environment,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert wait_until_ready(self.url, self._process, timeout_s=180)

    def stop(self) -> None:
        """Kill it with everything it has started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    @contextlib.contextmanager
    def frozen(self):
        """Let it take connections and answer nothing."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    @contextlib.contextmanager
    def full_disk(self):
        """Refuse it every write beyond the first page of a file, as a full disk does."""
        pids = [one.pid for one in psutil.Process(self._process.pid).children(recursive=True)]
        pids.append(self._process.pid)
        usual = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
        for pid, (_, hard) in zip(pids, usual, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
        try:
            yield
        finally:
            for pid, limits in zip(pids, usual, strict=True):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


class Door(ThreadingHTTPServer):
    """Hands requests with the right `Authorization` on to a server; refuses the others."""

    daemon_threads = True

    def __init__(self, port: int, authorization: str) -> None:
        super().__init__(("127.0.0.1", 0), _Guard)
        self.behind = port
        self.authorization = authorization
        self.passed = 0
        self.refused = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class _Guard(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") != self.server.authorization:
            self.server.refused += 1
            self._answer(401, b"who are you?", {})
            return
        self.server.passed += 1
        onward = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in {"host", "authorization", "connection"}
        }
        onward.request(self.command, self.path, body, headers)
        answer = onward.getresponse()
        kind = answer.getheader("Content-Type")
        self._answer(answer.status, answer.read(), {"Content-Type": kind} if kind else {})
        onward.close()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _hand_on  # noqa: N815  http.server asks for these

    def _answer(self, status, body, headers) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Say nothing."""
