"""An S3 bucket as a blob store: AWS, Ceph, MinIO and others, through boto3.

Uses what all of them have: PUT, GET, HEAD, DELETE, LIST v2, multipart. Extra checksums are only
sent where a request must have one, since older servers refuse them. boto3 is imported with the
first request.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from salt_core.blobs.keys import check_key
from salt_core.errors import BadInput, NotFound, SaltError, Unreachable

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

PART_BYTES = 16 << 20
"""Files from this size on go in parts of this size."""
TRIES = 4
"""Per request, with growing pauses; then the store counts as unreachable."""
_ABSENT = {"NoSuchKey", "404", "NotFound"}
_NO_CONDITIONS = {"NotImplemented", "501", "InvalidArgument", "XNotImplemented"}
_FORBIDDEN = {"AccessDenied", "403", "SignatureDoesNotMatch", "InvalidAccessKeyId", "Forbidden"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the objects are. ``endpoint`` is ``None`` for AWS; without keys boto3 finds them."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    key: str | None = None
    secret: str | None = None

    def __str__(self) -> str:
        inside = f"{self.bucket}/{self.prefix}".rstrip("/")
        return f"s3://{inside}" + (f" at {self.endpoint}" if self.endpoint else "")


class S3Blobs:
    """The objects under one prefix of one bucket, which must exist."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lead = f"{place.prefix}/" if place.prefix else ""
        self._made: S3Client | None = None
        self._making = threading.Lock()
        self._conditions: bool | None = None
        """Whether the store honours If-None-Match; ``None`` until it was tried."""

    @classmethod
    def from_url(cls, url: str, endpoint: str | None) -> S3Blobs:
        """For ``s3://bucket/prefix`` or ``http(s)://[key:secret@]host:port/bucket/prefix``.

        Raises:
            BadInput: It is neither.
        """
        parts = urlsplit(url)
        path = parts.path.strip("/")
        if parts.scheme == "s3" and parts.netloc:
            return cls(Place(parts.netloc, path, endpoint))
        if parts.scheme in {"http", "https"} and parts.hostname and path:
            bucket, _, prefix = path.partition("/")
            server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
            key, secret = (
                unquote(text) if text else None for text in (parts.username, parts.password)
            )
            return cls(Place(bucket, prefix, server, key, secret))
        raise BadInput(
            f"{url.rpartition('@')[2]} is not the URL of an S3 bucket.",
            "Use s3://bucket/prefix, or https://[key:secret@]host:port/bucket/prefix.",
            key="SALT_S3_URL",
        )

    def put(self, key: str, data: bytes) -> None:
        """Store ``data`` whole or not at all; storing it again is fine."""
        with self._told(key) as client:
            client.put_object(Bucket=self._place.bucket, Key=self._name(key), Body=data)

    def put_new(self, key: str, data: bytes) -> bool:
        """Store ``data`` unless there is an object already; whether it was stored.

        Atomic where the store honours ``If-None-Match``; elsewhere two writers may both be told
        that they stored it.
        """
        from botocore.exceptions import ClientError

        bucket, name = self._place.bucket, self._name(key)
        with self._told(key) as client:
            if self._conditions is not False:
                try:
                    client.put_object(Bucket=bucket, Key=name, Body=data, IfNoneMatch="*")
                except ClientError as error:
                    code = _code(error)
                    if code in {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}:
                        self._conditions = True
                        return False
                    if code not in _NO_CONDITIONS:
                        raise
                    self._conditions = False
                else:
                    return True
            if self.exists(key):
                return False
            client.put_object(Bucket=bucket, Key=name, Body=data)
            return True

    def put_file(self, key: str, path: Path) -> None:
        """Store a file of any size, in parts when it is large."""
        with self._told(key) as client:
            # By its name: of an open file boto3 reads ten parts ahead into memory.
            client.upload_file(
                str(path), self._place.bucket, self._name(key), Config=self._transfer()
            )

    def get(self, key: str) -> bytes:
        """The object's bytes. Raises ``NotFound`` when there is none."""
        from botocore.exceptions import BotoCoreError
        from urllib3.exceptions import HTTPError

        with self._told(key) as client:
            for rest in reversed(range(TRIES)):  # boto3 repeats requests, not broken bodies
                try:
                    got = client.get_object(Bucket=self._place.bucket, Key=self._name(key))
                    with got["Body"] as body:
                        return body.read()
                except (BotoCoreError, HTTPError):
                    if rest == 0:
                        raise
        raise AssertionError("unreachable")

    def get_file(self, key: str, path: Path) -> None:
        """Write the object to ``path`` without holding it in memory. Raises ``NotFound``."""
        with self._told(key) as client:
            client.download_file(
                self._place.bucket, self._name(key), str(path), Config=self._transfer()
            )

    def exists(self, key: str) -> bool:
        """Whether there is an object at ``key``."""
        try:
            with self._told(key) as client:
                client.head_object(Bucket=self._place.bucket, Key=self._name(key))
        except NotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""
        with self._told(key) as client:
            client.delete_object(Bucket=self._place.bucket, Key=self._name(key))

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that start with ``prefix``, sorted, all pages."""
        with self._told(prefix) as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self._place.bucket, Prefix=self._lead + prefix
            )
            for page in pages:
                for found in page.get("Contents", []):
                    yield found["Key"].removeprefix(self._lead)

    def check(self) -> str:
        """One line that says what and where this is, after a round trip that shows it works."""
        key = f"check/{secrets.token_hex(8)}"
        try:
            first, again = (self.put_new(key, key.encode()) for _ in range(2))
            if not first or self.get(key) != key.encode():
                raise Unreachable(f"{self._place} gives back other bytes.")
            # A store that ignores the condition writes twice.
            atomic = self._conditions is True and not again
        finally:
            self.delete(key)
        return f"{self._place} ({'with' if atomic else 'without'} conditional put)"

    def _name(self, key: str) -> str:
        return self._lead + check_key(key)

    def _transfer(self) -> TransferConfig:
        from boto3.s3.transfer import TransferConfig

        return TransferConfig(
            multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4
        )

    def _client(self) -> S3Client:
        with self._making:
            if self._made is None:
                self._made = _make_client(self._place)
            return self._made

    @contextmanager
    def _told(self, key: str) -> Iterator[S3Client]:
        """The client, with its errors turned into Salt's."""
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            yield self._client()
        except ClientError as error:
            raise self._refusal(key, error) from error
        except (BotoCoreError, Boto3Error, HTTPError) as error:
            if isinstance(error.__context__, ClientError):  # an upload wraps the store's answer
                raise self._refusal(key, error.__context__) from error
            raise Unreachable(
                f"{self._place} cannot be reached: {_first_line(error)}.",
                "Check SALT_S3_URL, its keys, and that the server runs.",
            ) from error

    def _refusal(self, key: str, error: ClientError) -> SaltError:
        code = _code(error)
        if code in _ABSENT:
            return NotFound(f"There is no blob {key} in {self._place}.")
        if code == "NoSuchBucket":
            return Unreachable(
                f"There is no bucket for {self._place}.", "Make it, or correct SALT_S3_URL."
            )
        if code in _FORBIDDEN:
            return Unreachable(
                f"{self._place} refuses the keys ({code}).",
                "Correct them in SALT_S3_URL or in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            )
        return Unreachable(f"{self._place} answers with an error: {_first_line(error)}.")


def _make_client(place: Place) -> S3Client:
    import boto3
    from botocore.config import Config as BotoConfig

    session = boto3.session.Session(aws_access_key_id=place.key, aws_secret_access_key=place.secret)
    return session.client(
        "s3",
        endpoint_url=place.endpoint,
        # Others ignore it, and AWS says by a redirect which it is.
        region_name=session.region_name or "us-east-1",
        config=BotoConfig(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            max_pool_connections=16,
        ),
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
