"""Runs a plugin as the engine expects: port on the first line of stdout, gone when the engine is."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer, add_ResourceProviderServicer_to_server

LARGEST_MESSAGE = 400 * 1024 * 1024
"""Bytes; what the engine itself allows."""


def start(servicer: ResourceProviderServicer) -> tuple[grpc.Server, int]:
    """Serve on a free port of loopback; the server and its port."""
    options = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(max_workers=32), options=options)
    add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def run(servicer: ResourceProviderServicer) -> None:
    """Serve until the parent process is gone."""
    # Ctrl-C reaches the whole process group: the engine decides what happens and tells plugins by Cancel.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    server, port = start(servicer)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.getppid() == parent:
        server.wait_for_termination(timeout=0.5)
    server.stop(grace=None)
