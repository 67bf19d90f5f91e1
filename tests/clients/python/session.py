"""Signs in, reads and changes the own profile, confirms changes by a second factor, and signs out.

With the client rocketchat_API as it is. What it needs to know comes in the environment.
"""

import base64
import hashlib
import hmac
import os
import struct
import time

import requests
from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketAuthenticationException,
    RocketBadStatusCodeException,
)
from rocketchat_API.rocketchat import RocketChat

SERVER = os.environ["SERVER"]


def save(client, **data):
    return client.call_api_post("users.updateOwnBasicInfo", data=data)


def digest(password):
    return hashlib.sha256(password.encode()).hexdigest()


def totp(secret):
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

    changed = save(client, name="Changed By Python", bio="Reads Python")["user"]
    assert (changed["name"], changed["bio"]) == ("Changed By Python", "Reads Python"), changed
    assert client.me()["name"] == "Changed By Python"

    status, body = refused(lambda: save(client, email="python@example.com"))
    assert (status, body["errorType"]) == (400, "totp-required"), body
    assert body["details"]["method"] == "password", body
    changed = save(client, email="python@example.com", currentPassword=digest(password))["user"]
    assert changed["emails"] == [{"address": "python@example.com", "verified": False}], changed

    client.logout()
    assert refused(client.me)[0] == 401


def by_code(user, password, secret, backup_code):
    try:
        RocketChat(user, password, server_url=SERVER)
        raise AssertionError("no second factor was asked for")
    except RocketAuthenticationException:
        pass

    # This client has no word for a second factor, but it lets its callers set headers.
    session = requests.Session()
    session.headers["x-2fa-code"] = totp(secret)
    client = RocketChat(user, password, server_url=SERVER, session=session)
    session.headers.update({"x-2fa-code": backup_code, "x-2fa-method": "totp"})
    changed = save(client, newPassword="Changed-by-Python-1")["user"]
    assert changed["username"] == user, changed
    client.logout()


by_password(os.environ["USER_NAME"], os.environ["USER_PASSWORD"])
by_code(
    os.environ["TOTP_NAME"],
    os.environ["TOTP_PASSWORD"],
    os.environ["TOTP_SECRET"],
    os.environ["TOTP_BACKUP_CODE"],
)
