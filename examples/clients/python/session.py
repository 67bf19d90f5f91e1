"""The client rocketchat_API, as it is: signs in, changes the profile, answers the challenges for a second factor, signs out.

By default in the workspace of `cargo demo`, of `docker compose up` and of `rc-account seed`.
"""

import base64
import hashlib
import hmac
import os
import struct
import sys
import time

import requests
from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketAuthenticationException,
    RocketBadStatusCodeException,
)
from rocketchat_API.rocketchat import RocketChat

SERVER = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SERVER", "http://localhost:3001")


def save(client, **data):
    return client.call_api_post("users.updateOwnBasicInfo", data=data)


def digest(password):
    """What the second factor `password` expects."""
    return hashlib.sha256(password.encode()).hexdigest()


def totp(secret):
    """The code that an authenticator shows now."""
    step = struct.pack(">Q", int(time.time()) // 30)
    mac = hmac.new(base64.b32decode(secret), step, hashlib.sha1).digest()
    at = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000)


def refused(call):
    try:
        call()
    except (RocketApiException, RocketBadStatusCodeException) as error:
        return error.status_code, error.response_json
    raise AssertionError("this should have been refused")


def by_password(user, password):
    try:
        RocketChat(user, "wrong", server_url=SERVER)
        raise AssertionError("a wrong password was taken")
    except RocketAuthenticationException:
        pass

    client = RocketChat(user, password, server_url=SERVER)
    me = client.me()
    assert me["success"] is True and me["username"] == user, me
    assert client.info()["success"] is True

    # A new one each time, because the same one would be no change.
    wanted = {"name": "Changed By Python", "email": "python-%d@example.com" % time.time_ns()}
    status, body = refused(lambda: save(client, **wanted))
    assert (status, body["errorType"]) == (400, "totp-required"), body
    assert body["details"]["method"] == "password", body
    changed = save(client, **wanted, currentPassword=digest(password))["user"]
    assert changed["name"] == wanted["name"], changed
    assert changed["emails"] == [{"address": wanted["email"], "verified": False}], changed

    client.logout()
    assert refused(client.me)[0] == 401


def by_code(user, password, secret):
    try:
        RocketChat(user, password, server_url=SERVER)
        raise AssertionError("no second factor was asked for")
    except RocketAuthenticationException:
        pass

    # This client has no word for a second factor, but it lets its callers set headers.
    session = requests.Session()
    session.headers["x-2fa-code"] = totp(secret)
    client = RocketChat(user, password, server_url=SERVER, session=session)
    # A code counts once, so a second one in the same half minute has to be one of the backup codes.
    backup_code = os.environ.get("TOTP_BACKUP_CODE")
    if backup_code:
        session.headers.update({"x-2fa-code": backup_code, "x-2fa-method": "totp"})
        changed = save(client, newPassword="Changed-by-Python-1")["user"]
        assert changed["username"] == user, changed
    client.logout()


by_password(os.environ.get("USER_NAME", "plain"), os.environ.get("USER_PASSWORD", "Secret-1-of-plain"))
by_code(
    os.environ.get("TOTP_NAME", "totp"),
    os.environ.get("TOTP_PASSWORD", "Secret-1-of-totp"),
    os.environ.get("TOTP_SECRET", "JBSWY3DPEHPK3PXP"),
)
print("done")
