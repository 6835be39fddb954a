# syntax=docker/dockerfile:1
# The pool in an image of its own: `docker build -t ollama-api-pool .`
# docker-compose.yml runs it; docs/operations.md says how.

# --- What pages load in browsers ---
FROM node:22-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json ./
COPY scripts/assets.sh scripts/assets.mjs scripts/
COPY assets assets
COPY templates templates
RUN --mount=type=cache,target=/root/.npm scripts/assets.sh

# --- The program ---
FROM rust:1.95-bookworm AS program
WORKDIR /src
# Only what it is made of, so that a change elsewhere builds nothing anew. Guides are part of it, and
# `benches` and `tests/stub` are what Cargo looks for.
COPY Cargo.toml Cargo.lock ./
COPY benches benches
COPY tests/stub tests/stub
COPY *.md ./
COPY docs docs
COPY locales locales
COPY templates templates
COPY migrations migrations
COPY src src
# Both caches stay between builds; what is in a cache can't be copied out of it later.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --bin ollama-api-pool && \
    cp target/dist/ollama-api-pool /usr/local/bin/ && \
    mkdir /data

# --- What runs ---
# The C library and nothing else: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.source=https://github.com/dext7r/ollama-api-pool \
      org.opencontainers.image.licenses=MIT
COPY --from=program /usr/local/bin/ollama-api-pool /usr/local/bin/ollama-api-pool
COPY --from=assets /src/assets /usr/local/share/ollama-api-pool/assets
# A volume that is mounted here for the first time gets this owner and mode.
COPY --from=program --chown=65532:65532 --chmod=700 /data /data
ENV HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data \
    ASSETS_DIR=/usr/local/share/ollama-api-pool/assets
WORKDIR /data
# "nonroot" by its number, which Kubernetes can check.
USER 65532:65532
EXPOSE 8080
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["/usr/local/bin/ollama-api-pool", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/ollama-api-pool"]
