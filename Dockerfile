# syntax=docker/dockerfile:1

# Builds with BuildKit, the default builder since Docker 23 (the cache mounts below need it):
#
#   docker build -t rc-account .
#   docker build -t rc-account:debug --build-arg VARIANT=debug-nonroot .      the same with a shell (busybox), to look around
#   docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/rc-account .
#   docker run --rm -p 127.0.0.1:3001:3001 -e MONGO_URL='mongodb://…/rocketchat?replicaSet=rs0' rc-account

# The images below are named here and nowhere else.
ARG BUILD_IMAGE=rust:1.95-slim-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12
ARG VARIANT=nonroot

# ---- build ----------------------------------------------------------------------------------------------------------
# The slim image already holds gcc and the C headers, which the linker and the crate `ring` need; nothing to install.
FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY . .

# Cargo's downloads and the compiled dependencies live in cache mounts: they survive from build to build without
# becoming part of a layer. One target folder per platform, because release artefacts of two architectures would
# overwrite each other. `locked` makes two builds at the same time wait for each other instead of sharing a folder.
#
# `touch`: Cargo judges by file times, and a checkout can be older than what the cache was last built from. Without it
# an older source tree would get the newer binary.
#
# The repository is not at hand here, so what `rc-account --version` tells has to be given:
# --build-arg GIT_REVISION="$(git rev-parse --short=12 HEAD)"
ARG GIT_REVISION=
ARG TARGETPLATFORM
RUN --mount=type=cache,id=rc-account-registry,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,id=rc-account-target-${TARGETPLATFORM},target=/build/target,sharing=locked \
    touch src/lib.rs src/main.rs \
    && cargo build --release --locked --features traces --bin rc-account \
    && install -D -m 0755 target/release/rc-account /out/rc-account

# ---- run ------------------------------------------------------------------------------------------------------------
# Same Debian release as above, so the same glibc. Holds libc, libgcc, CA certificates and time zones; no shell and no
# package manager; the program itself asks whether it is healthy.
FROM ${RUNTIME_IMAGE}:${VARIANT}

LABEL org.opencontainers.image.title="rc-account" \
      org.opencontainers.image.description="Rocket.Chat's own-profile API, straight on a Rocket.Chat MongoDB" \
      org.opencontainers.image.licenses="MIT"

COPY LICENSE /usr/share/doc/rc-account/LICENSE
# Of the viewer that is inside the program.
COPY src/api/routes/pages/swagger-ui/LICENSE src/api/routes/pages/swagger-ui/NOTICE /usr/share/doc/rc-account/swagger-ui/
COPY --from=build /out/rc-account /usr/local/bin/rc-account

# In a container the loopback address would be reachable by nobody.
ENV BIND_IP=0.0.0.0
EXPOSE 3001

# The user `nonroot`, written as a number so that Kubernetes' `runAsNonRoot` can see that it is not root.
USER 65532:65532

# Asks `/readyz` of the operations listener, which only the container itself reaches: see docs/OPERATIONS.md.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s \
    CMD ["/usr/local/bin/rc-account", "healthcheck"]

# The program itself is process 1: it gets the SIGTERM of `docker stop` directly and finishes the requests in flight.
ENTRYPOINT ["/usr/local/bin/rc-account"]
CMD ["serve"]
