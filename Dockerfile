# syntax=docker/dockerfile:1
# One image for the worker, the API with its console, and every one-shot command. glibc only: the wheels have no musl.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.lock ./
RUN .venv/bin/python -m pip install --only-binary :all: --require-hashes -r requirements.lock
COPY . .
RUN .venv/bin/python -m pip install --no-build-isolation --no-deps -e . \
    && .venv/bin/python -m compileall -q activities compose connectors directory domain postgres service starter store transport web workflows

FROM python:3.13-slim
# Secrets mounted from files keep their owner, so the user has the number that most first users have.
RUN groupadd --gid 1000 recovery && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /nonexistent recovery \
    && install --directory --owner=1000 --group=1000 --mode=0700 /var/lib/recovery
WORKDIR /app
COPY --from=build /app /app
ENV PATH="/app/.venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
STOPSIGNAL SIGTERM
ENTRYPOINT ["recovery"]
CMD ["--help"]
