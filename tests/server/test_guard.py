"""Who comes in: who opened a link that was printed, by the server's own name, from its pages."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from tests.server.conftest import PORT, let_in
from truing.server import Keys, hosts, make_app

HERE = f"http://127.0.0.1:{PORT}"
pages = APIRouter()


@pages.get("/")
def look() -> str:
    return "the pages"


@pages.post("/write")
def write() -> str:
    return "written"


@pages.get("/broken")
def broken() -> str:
    raise RuntimeError("what nobody outside need know")


def app_of(keys: Keys):
    return make_app([pages], keys, hosts(PORT))


@pytest.fixture
def client() -> TestClient:
    return let_in(app_of)


def test_access_requires_the_link():
    stranger = TestClient(app_of(Keys()), HERE)
    assert stranger.get("/").status_code == 401
    assert stranger.get("/enter", params={"code": "guessed"}).status_code == 401
    assert stranger.get("/", headers={"cookie": f"truing-{PORT}=guessed"}).status_code == 401


def test_a_link_works_once_and_its_use_is_reported():
    keys, told = Keys(), []
    app = make_app([pages], keys, hosts(PORT), entered=told.append)
    code = keys.code("ann")
    first, second = TestClient(app, HERE), TestClient(app, HERE)
    assert first.get("/enter", params={"code": code}).status_code == 200
    assert second.get("/enter", params={"code": code}).status_code == 401
    assert (first.get("/").status_code, second.get("/").status_code) == (200, 401)
    assert told == ["ann"]


def test_a_used_link_works_again_with_the_cookie(client):
    assert client.get("/enter", params={"code": "spent"}).status_code == 200


def test_a_prefetching_browser_does_not_use_up_the_link():
    keys = Keys()
    client = TestClient(app_of(keys), HERE)
    code = {"code": keys.code()}
    ahead = client.get("/enter", params=code, headers={"sec-purpose": "prefetch;prerender"})
    assert (ahead.status_code, client.get("/enter", params=code).status_code) == (503, 200)


def test_a_cookie_is_unavailable_to_scripts_and_other_sites():
    keys = Keys()
    answer = TestClient(app_of(keys), HERE).get("/enter", params={"code": keys.code()})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"truing-{PORT}=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_code_or_cookie_of_another_start_gives_no_access(client):
    assert client.get("/").status_code == 200
    cookie = client.cookies[f"truing-{PORT}"]
    later = TestClient(app_of(Keys()), HERE, cookies={f"truing-{PORT}": cookie})
    assert later.get("/").status_code == 401
    stranger = TestClient(app_of(Keys()), HERE)
    assert stranger.get("/enter", params={"code": Keys().code()}).status_code == 401


def test_keys_are_stored_only_as_hashes():
    keys = Keys()
    code = keys.code()
    cookie = keys.exchange(code)
    assert code not in str(vars(keys))
    assert cookie not in str(vars(keys))
    assert keys.who(cookie) == "owner"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8322", "127.0.0.1", "127.0.0.1:80", "localhost:1", ""]
)
def test_another_host_name_is_refused(client, host):
    """DNS rebinding: the browser comes here, and takes us for the other site."""
    assert client.get("/", headers={"host": host}).status_code == 421
    assert client.get("/static/style.css", headers={"host": host}).status_code == 421


def test_localhost_is_accepted(client):
    cookie = f"truing-{PORT}={client.cookies[f'truing-{PORT}']}"
    headers = {"host": f"localhost:{PORT}", "cookie": cookie}
    assert client.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "x"])
def test_a_request_of_another_site_is_refused(client, origin):
    assert client.get("/", headers={"origin": origin}).status_code == 403
    assert client.post("/write", content=b"", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_scripts_frames_and_images_of_other_sites_are_refused(client, site):
    def came(mode: str, dest: str) -> int:
        headers = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        return client.get("/", headers=headers).status_code

    assert [
        came("no-cors", "script"),
        came("no-cors", "image"),
        came("navigate", "iframe"),
        came("cors", "empty"),
    ] == [403] * 4
    assert came("navigate", "document") == 200  # a link that somebody followed


def test_writing_requests_must_come_from_our_pages(client):
    assert client.post("/write", content=b"").status_code == 403
    assert client.post("/write", content=b"", headers={"origin": HERE}).status_code == 200
    other = {"origin": f"http://localhost:{PORT}"}
    assert client.post("/write", content=b"", headers=other).status_code == 403


def test_an_oversized_request_is_refused(client):
    body = b"x" * 1_000_001
    assert client.post("/write", content=body, headers={"origin": HERE}).status_code == 413
    pieces = iter([b"x"])  # sent without its length
    assert client.post("/write", content=pieces, headers={"origin": HERE}).status_code == 411


@pytest.mark.parametrize("path", ["/", "/nowhere", "/broken", "/static/style.css", "/enter"])
def test_every_response_has_a_strict_content_policy(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_an_internal_error_shows_no_details(client):
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "nobody outside" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/openapi.json",
        "/static/",
        "/static/..%2f_keys.py",
        "/static/%2e%2e/_keys.py",
        "/static//etc/passwd",
    ],
)
def test_unknown_paths_are_not_found(client, path):
    assert client.get(path).status_code == 404


def test_static_files_are_cached_and_pages_are_not(client):
    assert "immutable" in client.get("/static/style.css").headers["cache-control"]
    assert client.get("/").headers["cache-control"] == "no-store"
