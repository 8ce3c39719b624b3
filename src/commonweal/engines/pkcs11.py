"""A PKCS#11 token (an HSM, or SoftHSM) through python-pkcs11: keys that are made in it and never leave it.

The log's Ed25519 key signs inside; a 256-bit AES key inside wraps (AES-GCM) the data key of everything else. The
session is one for the process and used by one thread at a time; when it is lost, the next use opens another.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from commonweal.kernel.disclosure.custody import NONCE_BYTES, Locked, Sealed
from commonweal.kernel.record import SigningKey

from .secrets import PIN, secret

_ED25519 = bytes.fromhex("06032b6570")  # the object identifier 1.3.101.112, as CKA_EC_PARAMS has it
_POINT_HEAD = bytes.fromhex("0420")  # CKA_EC_POINT is an octet string of 32 bytes


class Token:
    """One token, opened with the PIN that `secrets` finds. Every fault of it is `Locked`, saying what to do."""

    def __init__(self, module: str, label: str) -> None:
        self._module, self._label = module, label
        self._lock = threading.RLock()
        self._session: Any = None
        try:
            self._library: Any = importlib.import_module("pkcs11")
        except ImportError as error:
            raise Locked("tokens need python-pkcs11: pip install 'commonweal[hsm]'") from error
        self._do(lambda session: None)

    def wrapped_by_new(self, label: str, data: bytes, bound: bytes) -> bytes:
        """Make a wrapping key in the token and wrap `data` with it."""

        def work(session: Any) -> bytes:
            types = self._library.KeyType
            key, nonce = session.generate_key(types.AES, 256, label=label, store=True), os.urandom(NONCE_BYTES)
            return nonce + bytes(key.encrypt(data, **self._gcm(nonce, bound)))

        return bytes(self._do(work))

    def unwrapped(self, label: str, wrapped: bytes, bound: bytes) -> bytes:
        """What a wrapping key in the token has wrapped."""

        def work(session: Any) -> bytes:
            key = session.get_key(object_class=self._library.ObjectClass.SECRET_KEY, label=label)
            return bytes(key.decrypt(wrapped[NONCE_BYTES:], **self._gcm(wrapped[:NONCE_BYTES], bound)))

        return bytes(self._do(work))

    def make(self, label: str) -> SigningKey:
        """Make an Ed25519 key in the token, not to be taken out of it."""

        def work(session: Any) -> bytes:
            lib = self._library
            domain = session.create_domain_parameters(
                lib.KeyType.EC_EDWARDS, {lib.Attribute.EC_PARAMS: _ED25519}, local=True
            )
            domain.generate_keypair(store=True, label=label, private_template={lib.Attribute.EXTRACTABLE: False})
            return b""

        self._do(work)
        return self.held(label)

    def held(self, label: str) -> SigningKey:
        """The Ed25519 key in the token under a label."""
        lib = self._library

        def public(session: Any) -> bytes:
            key = session.get_key(object_class=lib.ObjectClass.PUBLIC_KEY, label=label)
            return bytes(key[lib.Attribute.EC_POINT])

        def sign(session: Any, data: bytes) -> bytes:
            key = session.get_key(object_class=lib.ObjectClass.PRIVATE_KEY, label=label)
            return bytes(key.sign(data, mechanism=lib.Mechanism.EDDSA))

        point = bytes(self._do(public)).removeprefix(_POINT_HEAD)
        return SigningKey(point, lambda data: bytes(self._do(lambda session: sign(session, data))))

    def _gcm(self, nonce: bytes, bound: bytes) -> dict[str, Any]:
        lib = self._library
        return {"mechanism": lib.Mechanism.AES_GCM, "mechanism_param": lib.GCMParams(nonce, aad=bound)}

    def _do(self, work: Callable[[Any], Any]) -> Any:
        """Work in the session; one that was lost (token taken out and put back) is opened again, once."""
        with self._lock:
            for last in (False, True):
                try:
                    if self._session is None:
                        self._session = self._open()
                    return work(self._session)
                except self._library.PKCS11Error as error:
                    self._session = None
                    self._begin_again(error)
                    if last or isinstance(error, self._library.exceptions.PinIncorrect):
                        raise Locked(self._meaning(error), wanted=self._wanted(error)) from error

    def _open(self) -> Any:
        lib = self._library
        pin = secret(PIN).decode("utf-8", "replace")
        token = lib.lib(self._module).get_token(token_label=self._label)
        try:
            return token.open(user_pin=pin, rw=True)
        except lib.exceptions.UserAlreadyLoggedIn:  # by an earlier session of this process
            return token.open(rw=True)

    def _begin_again(self, error: Exception) -> None:
        """A module that lost its token (SoftHSM says only "general error") finds it again once it is loaded anew."""
        faults = self._library.exceptions
        if isinstance(error, (faults.GeneralError, faults.DeviceRemoved, faults.TokenNotPresent)):
            with suppress(self._library.PKCS11Error):
                self._library.lib(self._module).reinitialize()

    def _wanted(self, error: Exception) -> str:
        return PIN if isinstance(error, self._library.exceptions.PinIncorrect) else ""

    def _meaning(self, error: Exception) -> str:
        faults = self._library.exceptions
        where = f"the token {self._label!r} ({self._module})"
        if isinstance(error, faults.PinIncorrect):
            return f"{where} refuses the PIN; after a few wrong ones a token locks itself"
        if isinstance(error, faults.PinLocked):
            return f"{where} has locked its PIN; its security officer can set a new one"
        if isinstance(error, (faults.NoSuchToken, faults.TokenNotPresent, faults.DeviceRemoved)):
            return f"{where} is not there; put it in, or check the label, and try again"
        if isinstance(error, faults.NoSuchKey):
            return f"{where} does not hold the key that these keys were wrapped with; is it the right token?"
        return f"{where} failed: {error or type(error).__name__}; nothing was written. Check it and try again"


class TokenSealed(Sealed):
    """Private values under a data key that a token has unwrapped; signing keys may lie in the token itself."""

    def __init__(self, data_key: bytes, token: Token) -> None:
        super().__init__(data_key)
        self._token = token

    def held(self, label: str) -> SigningKey:
        return self._token.held(label)

    def make(self, label: str) -> SigningKey:
        return self._token.make(label)
