"""Takes back the tokens that a service of the hub had before: the hub keeps every one that it was ever configured with.

Arguments: the database, the service's name. Its present token is read from standard input, 64 characters. Needs
JupyterHub, which knows how its tokens are kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

LENGTH = 64


def main(database: str, name: str) -> None:
    """Remove all tokens of the service but the present one, which must be known already; writes how many went."""
    from jupyterhub import orm  # in the hub's image; not where this file only lies

    present = sys.stdin.buffer.read(LENGTH).decode()
    if not Path(database).is_file():
        sys.exit(f"there is no database at {database}")
    session = orm.new_session_factory(f"sqlite:///{database}", connect_args={"timeout": 30})()
    try:
        service = orm.Service.find(session, name)
        tokens = [] if service is None else list(service.api_tokens)
        if not any(token.match(present) for token in tokens):
            sys.exit(f"the hub does not know the present token of {name} yet; nothing was taken back")
        old = [token for token in tokens if not token.match(present)]
        for token in old:
            session.delete(token)
        session.commit()
    finally:
        session.close()
    sys.stdout.write(f"{len(old)}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
