"""A browser without JavaScript: it keeps cookies, reads forms out of pages and sends them as a browser would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from fastapi import FastAPI

from tests.directory.world import ORIGIN, PASSWORD

_MOST_REDIRECTS = 5
_SAME_ORIGIN = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}


@dataclass
class Form:
    """A form as the page brought it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    options: str = ""
    autocomplete: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.title = ""
        self.elements: list[str] = []
        self.refresh = ""
        self.refusal_codes: list[str] = []
        self.labels: set[str] = set()
        self.visible_inputs: set[str] = set()
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append(tag)
        if tag == "html":
            self.lang = given.get("lang", "")
        if tag == "meta" and given.get("http-equiv") == "refresh":
            self.refresh = given["content"]
        if tag == "label":
            self.labels.add(given["for"])
        if tag == "form":
            assert given["method"] == "post"
            self.forms.append(Form(given["action"], options=given.get("data-options", "")))
        if tag == "input":
            form = self.forms[-1]
            if given.get("type") != "checkbox":
                form.fields[given["name"]] = given.get("value", "")
            if given.get("type") != "hidden" and "hidden" not in given:
                self.visible_inputs.add(given["id"])
            if "autocomplete" in given:
                form.autocomplete[given["name"]] = given["autocomplete"]

    def handle_data(self, data: str) -> None:
        latest = self.elements[-1] if self.elements else ""
        if latest == "title" and not self.title:
            self.title = data
        elif data.strip():
            self.text.append(data.strip())
            if latest == "small":
                self.refusal_codes.append(data.strip())


class Page:
    """What came back and what stands on it."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.path = answer.request.url.path
        self.html = answer.text
        self.read = _Reader()
        self.read.feed(self.html)
        self.read.close()
        self.title = self.read.title.partition(" \u2013 ")[0]
        self.text = " ".join(self.read.text)
        self.codes = [code for code in self.read.refusal_codes if code.replace("_", "").isalpha()]

    def form(self, action: str, **having: str) -> Form:
        """The form with that action, and those values in it."""
        found = [
            one
            for one in self.read.forms
            if one.action == action and all(one.fields.get(name) == value for name, value in having.items())
        ]
        assert found, (self.title, action, [one.action for one in self.read.forms], self.text)
        return found[0]


class Browser:
    """Only what a person sees and sends; `urls` is every address it ever asked for."""

    def __init__(self, app: FastAPI, *, tenant: str) -> None:
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN, timeout=20)
        self.tenant = tenant
        self.urls: list[str] = []

    async def close(self) -> None:
        await self.client.aclose()

    async def get(self, path: str) -> Page:
        """Open an address."""
        return await self._follow(await self.client.get(path))

    async def submit(self, page: Page, action: str, *, having: dict[str, str] | None = None, **typed: str) -> Page:
        """Fill in a form of the page and send it."""
        return await self.send(action, {**page.form(action, **(having or {})).fields, **typed})

    async def send(self, action: str, fields: dict[str, str], **headers: str) -> Page:
        """Send these fields as a form of a page of ours would."""
        answer = await self.client.post(
            action,
            content=urlencode(fields),
            headers={"Content-Type": "application/x-www-form-urlencoded", **_SAME_ORIGIN, **headers},
        )
        return await self._follow(answer)

    async def _follow(self, answer: httpx2.Response) -> Page:
        for _ in range(_MOST_REDIRECTS):
            self.urls.append(str(answer.request.url))
            if answer.status_code != 303:
                return Page(answer)
            target = answer.headers["location"]
            assert urlsplit(target).netloc == ""
            answer = await self.client.get(target)
        raise AssertionError("redirected too often")

    def cookie(self, what: str) -> str:
        """The value of one of our cookies, or nothing."""
        return self.client.cookies.get(f"__Host-directory_{what}") or ""

    async def sign_in(self, login: str = "ann", password: str = PASSWORD, *, path: str = "/sign-in") -> Page:
        """Login and password."""
        page = await self.get(path)
        return await self.submit(page, "/sign-in", tenant=self.tenant, login=login, password=password)

    async def wait(self, login: str = "ann", password: str | None = PASSWORD) -> Page:
        """Begin to wait, with the password or by the identifier alone."""
        page = await self.get("/waiting")
        typed: dict[str, Any] = {"tenant": self.tenant, "login": login}
        if password is None:
            return await self.submit(page, "/waiting", having={"way": "identifier"}, **typed)
        return await self.submit(page, "/waiting", having={"way": "password"}, password=password, **typed)


def code_on(page: Page) -> str:
    """The presence code that a person would read out."""
    text = page.html.partition('<p class="code">')[2].partition("</p>")[0]
    reader = _Reader()
    reader.feed(text)
    return " ".join(one for one in reader.text if one != "Code:")


def secret_on(page: Page) -> str:
    """The key that a person would type into the app."""
    return page.html.partition('<code class="secret">')[2].partition("</code>")[0]


def backup_codes_on(page: Page) -> list[str]:
    """The backup codes that a person would save."""
    return [one.partition("</code>")[0] for one in page.html.split("<li><code>")[1:]]


def without_nonces(html: str) -> str:
    """The page without what differs from answer to answer."""
    return re.sub(r'nonce="[^"]*"', "", html)
