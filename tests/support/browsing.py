"""A browser without JavaScript: it keeps cookies, reads forms out of pages and sends them as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import httpx2
from fastapi import FastAPI

_MOST_REDIRECTS = 5
_CHOSEN = frozenset({"checkbox", "radio"})


@dataclass
class Form:
    """A form as the page brought it: `fields` are what it would send untouched, `choices` what could be chosen."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    options: str = ""

    @property
    def names(self) -> set[str]:
        """Every field there is."""
        return {*self.fields, *self.choices}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.text: list[str] = []
        self.codes: list[str] = []
        self.title = ""
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.visible_inputs: set[str] = set()
        self._open: list[str] = []
        self._form: Form | None = None
        self._link = ""
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self._link = given.get("href", "")
        if tag == "label":
            self.labels.add(given["for"])
        if tag == "form":
            self._form = Form(given["action"], given.get("method", "get"), options=given.get("data-options", ""))
            self.forms.append(self._form)
        if tag in {"input", "select", "textarea", "button"} and self._form is not None:
            self._control(tag, given, self._form)
        if tag == "option" and self._form is not None:
            self._form.choices.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given or self._select not in self._form.fields:
                self._form.fields[self._select] = given.get("value", "")

    def _control(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, kind = given.get("name", ""), given.get("type", "text" if tag == "input" else tag)
        if kind != "hidden" and tag != "button":
            self.visible_inputs.add(given["id"])
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = ""
        elif tag == "button" or kind in _CHOSEN:
            if name:
                form.choices.setdefault(name, []).append(given.get("value", ""))
            if "checked" in given:
                form.fields[name] = given.get("value", "on")
        else:
            form.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "a":
            self._link = ""
        if tag == "textarea":
            self._textarea = ""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form is not None:
            self._form.fields[self._textarea] += data
            return
        inside = self._open[-1] if self._open else ""
        if inside == "title" and not self.title:
            self.title = data
        elif inside not in {"script", "style"} and data.strip():
            self.text.append(data.strip())
            if inside == "small":
                self.codes.append(data.strip().partition(" ")[0])
            if self._link:
                self.links.setdefault(" ".join(data.split()), self._link)


class Page:
    """What came back and what stands on it; `codes` are those of refusals."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.path = answer.request.url.path
        self.html = answer.text
        self._read = _Reader()
        self._read.feed(self.html)
        self._read.close()
        self.forms, self.links, self.codes = self._read.forms, self._read.links, self._read.codes
        self.title = self._read.title.rpartition(" \u2013 ")[0] or self._read.title
        self.text = " ".join(" ".join(self._read.text).split())

    @property
    def unlabelled(self) -> set[str]:
        """Ids of fields that no label names."""
        return self._read.visible_inputs - self._read.labels

    @property
    def repeated_ids(self) -> set[str]:
        """Ids that stand on the page more than once."""
        return {one for one in self._read.ids if self._read.ids.count(one) > 1}

    def form(self, action: str, **having: str) -> Form:
        """The form with that action, and those values in it."""
        found = [
            one
            for one in self.forms
            if one.action == action and all(one.fields.get(name) == value for name, value in having.items())
        ]
        assert found, (self.status, self.title, action, [one.action for one in self.forms], self.text)
        return found[0]

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        assert words in self.links, (self.title, words, self.links)
        return self.links[words]

    def has_form(self, action: str) -> bool:
        """Whether there is a form with that action."""
        return any(one.action == action for one in self.forms)


class Browser:
    """Only what a person sees and sends; `urls` is every address it ever asked for."""

    def __init__(self, app: FastAPI, *, origin: str, client: str = "192.0.2.7") -> None:
        transport = httpx2.ASGITransport(app=app, client=(client, 50_000))
        self.client = httpx2.AsyncClient(transport=transport, base_url=origin, timeout=20)
        self.origin = origin
        self.urls: list[str] = []

    async def close(self) -> None:
        """Close the window."""
        await self.client.aclose()

    async def get(self, path: str, **headers: str) -> Page:
        """Open an address."""
        return await self._follow(await self.client.get(path, headers=headers))

    async def follow(self, page: Page, words: str) -> Page:
        """Click the link with these words."""
        return await self.get(page.link(words))

    async def submit(self, page: Page, action: str, *, having: dict[str, str] | None = None, **typed: str) -> Page:
        """Fill in a form of the page, with fields that it has, and send it; a pressed button is typed by its name."""
        form = page.form(action, **(having or {}))
        assert set(typed) <= form.names, (action, set(typed) - form.names)
        for name, value in typed.items():
            assert value in form.choices.get(name, [value]), (name, value, form.choices[name])
        return await self.send(action, {**form.fields, **typed}, method=form.method)

    async def send(self, action: str, fields: dict[str, str], *, method: str = "post", **headers: str) -> Page:
        """Send these fields as a form of a page of ours would."""
        if method == "get":
            return await self._follow(await self.client.get(f"{action}?{urlencode(fields)}", headers=headers))
        answer = await self.client.post(
            action,
            content=urlencode(fields),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": self.origin,
                "Sec-Fetch-Site": "same-origin",
                "Sec-Fetch-Mode": "navigate",
                **headers,
            },
        )
        return await self._follow(answer)

    async def _follow(self, answer: httpx2.Response) -> Page:
        for _ in range(_MOST_REDIRECTS):
            self.urls.append(str(answer.request.url))
            if answer.status_code not in {303, 307}:
                return Page(answer)
            target = answer.headers["location"]
            assert urlsplit(target).netloc == ""
            answer = await self.client.get(target)
        raise AssertionError("redirected too often")
