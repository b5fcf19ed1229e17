"""What one needs to run other queues: their npm packages, and a private Postgres."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def as_user(command):
    """initdb and the servers refuse to run as root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command] if os.geteuid() == 0 else command


def own(folder):
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")


def server_programs():
    """The newest Postgres' bin folder, with pgbench in it."""
    servers = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not servers:
        sys.exit("this needs Postgres' server (Debian's package postgresql)")
    return servers[-1].parent


def install(folder, *files):
    """The packages of package-lock.json, and these files beside them, so that Node.js finds the packages."""
    if not shutil.which("npm"):
        sys.exit("this needs Node.js 20 and npm")
    for file in (HERE / "package.json", HERE / "package-lock.json", *files):
        shutil.copy(file, folder)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def pgbouncer(folder, server, pool_size):
    """In transaction mode, in front of the server whose socket is in that folder: its port, and what stops it."""
    program, port = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", free_port()
    if not pathlib.Path(program).exists():
        sys.exit("this needs PgBouncer (Debian's package pgbouncer)")
    config = folder / "pgbouncer.ini"
    config.write_text(f"[databases]\n* = host={server} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
                      f"unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = {pool_size}\n"
                      "max_client_conn = 500\nlog_connections = 0\nlog_disconnections = 0\n")
    process = subprocess.Popen(as_user([program, config]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                sys.exit("PgBouncer did not start")
            time.sleep(0.02)

    def stop():
        process.terminate()
        process.wait()

    return port, stop


def postgres(folder, settings=()):
    """A server on a socket in the folder, with these `name=value`; its data folder and what stops it."""
    programs, data = server_programs(), folder / "data"
    data.mkdir()
    own(data)
    folder.chmod(0o755)
    subprocess.run(as_user([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]), check=True,
                   stdout=subprocess.DEVNULL)
    given = " ".join(f"-c {setting}" for setting in ("listen_addresses=''", f"unix_socket_directories={data}", "fsync=off", *settings))
    control = [programs / "pg_ctl", "-D", data, "-w", "-l", data / "log"]
    subprocess.run(as_user([*control, "-o", given, "start"]), check=True, stdout=subprocess.DEVNULL)
    # Also when this is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return data, lambda: subprocess.run(as_user([*control, "-m", "immediate", "stop"]), check=True, stdout=subprocess.DEVNULL)
