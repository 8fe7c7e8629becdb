# Not built yet: the machine on which it was written has no Docker. hadolint passes.
#   docker build -t coronet .                 # JupyterLab on the chapters, with a processor
#   docker build -t coronet --target gpu .    # with an NVIDIA GPU; the host needs NVIDIA's container toolkit
#   docker run --rm -p 127.0.0.1:8888:8888 [--gpus all] coronet
ARG PYTHON=3.12

# What a development container needs (.devcontainer): the repository itself lies outside.
FROM python:${PYTHON}-slim-bookworm AS tools
# Debian's newest of its release: the versions that a chapter depends on are in requirements.lock.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap chromium git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 --shell /bin/bash reader
USER 1000

FROM tools AS book
WORKDIR /home/reader/coronet
COPY --chown=1000:1000 . .
RUN make venv
EXPOSE 8888
CMD [".venv/bin/jupyter", "lab", "book", "--ip=0.0.0.0", "--no-browser"]

FROM book AS gpu
# CUDA comes with packages that go with the locked TensorFlow; the lock leaves them out, because most need none.
RUN .venv/bin/uv pip install --no-cache \
    "tensorflow[and-cuda]==$(sed -n 's/^tensorflow==\([^ ]*\) .*/\1/p' requirements.lock)"

FROM book AS cpu
