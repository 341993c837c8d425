"""A witness over HTTP: `POST /add-checkpoint`, as C2SP tlog-witness has it; and the log that asks one."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from xiyuan_ledger import calendar
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import NOTE_BYTES_MAX, Note, Signature
from xiyuan_ledger.verification.policy import Witness
from xiyuan_ledger.verification.signing import Prove
from xiyuan_ledger.verification.witness import Submission, WitnessDesk, cosignatures

ADD = "/add-checkpoint"
ANSWER_SECONDS_MAX = 30
TRIES = 3
SIZE_TYPE = "text/x.tlog.size"
STATUSES = {
    "submission-form": 400,
    "note-form": 400,
    "checkpoint-text": 400,
    "note-signature": 403,
    "witness-signature": 403,
    "witness-log": 404,
    "witness-old": 409,
    "witness-fork": 422,
}


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; who asks at the same time is answered one after the other."""

    daemon_threads = True

    def __init__(self, desk: WitnessDesk, port: int, host: str = "127.0.0.1"):
        super().__init__((host, port), _Answering)
        self.desk = desk
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class _Answering(BaseHTTPRequestHandler):
    """One request."""

    server: WitnessServer
    timeout = ANSWER_SECONDS_MAX

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != ADD:
            self._answer(404, b"not found\n")
        elif not length.isascii() or not length.isdigit() or int(length) > NOTE_BYTES_MAX:
            self._answer(400, b"a submission of known length, please\n")
        else:
            self._add(self.rfile.read(int(length)))

    def _add(self, content: bytes) -> None:
        try:
            with self.server.lock:
                at = int(calendar.now().timestamp())
                signature = self.server.desk.cosign(Submission.parse(content), at)
        except ProofError as refusal:
            if refusal.code == "witness-old":
                self._answer(409, f"{refusal.values['size']}\n".encode(), SIZE_TYPE)
            else:
                self._answer(STATUSES.get(refusal.code, 500), f"{refusal.message('en')}\n".encode())
        else:
            self._answer(200, signature.line().encode())

    def _answer(self, status: int, content: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was seen stands in the witness's folder."""


def ask_witness(witness: Witness, note: Note, size: int, prove: Prove, believed: int = 0) -> tuple[Signature, ...]:
    """Have a witness cosign a checkpoint. ProofError: `witness-unreached`, `witness-refused`, `witness-answer`.

    Where the witness saw another size last than is believed, the proof is made from there.
    """
    if witness.url is None or urlsplit(witness.url).scheme not in ("http", "https"):
        raise ProofError("witness-unreached", found=witness.name, cause=str(witness.url))
    for _ in range(TRIES):
        submission = Submission(believed, tuple(prove(believed, size)), note)
        status, content = _post(witness, submission.dump())
        if status == 200:
            return cosignatures(content, note, [witness.key])
        seen = content.decode("ascii", "replace").strip()
        if status != 409 or not seen.isdigit() or int(seen) > size:
            raise ProofError("witness-refused", found=witness.name, status=status, cause=seen[:200])
        believed = int(seen)
    raise ProofError("witness-refused", found=witness.name, status=409, cause="")


def _post(witness: Witness, content: bytes) -> tuple[int, bytes]:
    request = urllib.request.Request(f"{witness.url}{ADD}", data=content, method="POST")  # noqa: S310 - http, checked
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX) as answer:  # noqa: S310 - the same
            return answer.status, answer.read(NOTE_BYTES_MAX)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read(NOTE_BYTES_MAX)
    except OSError as error:
        raise ProofError("witness-unreached", found=witness.name, cause=str(error)) from error
