"""Runs a plugin as the engine expects: port on the first line of stdout, gone when the engine is."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer, add_ResourceProviderServicer_to_server

GRACE_S = 3.0
"""Seconds for work under way when the engine ends the plugin."""

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
    """Serve until the engine says that it is done, or is gone."""
    parent = os.getppid()
    asked = threading.Event()
    # The engine gives its plugins a process group of their own: a terminal's Ctrl-C does not get here, and an
    # interrupt is the engine's way to end a plugin. One that stays is waited for, and then killed.
    signal.signal(signal.SIGINT, lambda *_: asked.set())
    server, port = start(servicer)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.getppid() == parent and not asked.wait(timeout=0.5):
        pass
    server.stop(grace=GRACE_S if asked.is_set() else None).wait()
