"""时间戳: an RFC 3161 token on a checkpoint's text, from an authority that knows nothing of the ledger.

The only place that knows `rfc3161-client` (extra `timestamps`). Asking goes by file: a request is written, a response
taken in; how it reaches the authority is the office's affair (`curl --data-binary @request.tsq …`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from xiyuan_ledger.errors import ProofError

TOKEN = "timestamps/checkpoint.tsr"  # noqa: S105 - a file's name


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError as error:
        raise ProofError("timestamps-extra", found="timestamps") from error
    return rfc3161_client


def request_for(text: str) -> bytes:
    """What is sent to a time-stamping authority for a checkpoint's text."""
    client = _client()
    builder = client.TimestampRequestBuilder().data(text.encode()).nonce(nonce=True).cert_request(cert_request=True)
    return bytes(builder.build().as_bytes())


def certificates_of(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file, that of the authority's root last. ProofError `timestamps-certificate`."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise ProofError("timestamps-certificate", found=str(path)) from error


def stamped_at(token: bytes, text: str, certificates: tuple[x509.Certificate, ...]) -> datetime:
    """When the authority saw the text. ProofError `timestamp-wrong` where the token is not its own on this text."""
    client = _client()
    try:
        response = client.decode_timestamp_response(token)
        *between, root = certificates
        verifier = client.VerifierBuilder(roots=[root], intermediates=list(between)).build()
        verifier.verify_message(response, text.encode())
        at: datetime = response.tst_info.gen_time
    except (ValueError, client.VerificationError) as error:
        raise ProofError("timestamp-wrong", found=str(error).partition("\n")[0][:120]) from error
    return at
