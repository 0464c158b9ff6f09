"""A machine of its own for stock servers: a view of this one with namespaces
for mounts, processes and the network, where /etc, /var, /run and a few folders
more can be written to and are gone afterwards."""

import os
import pathlib
import pwd
import signal
import subprocess
import tempfile

from tests.e2e import processes

HERE = pathlib.Path(__file__).resolve().parent
OVERLAID = ["/etc", "/var", "/run", "/usr/local", "/usr/bin",
            "/usr/lib/x86_64-linux-gnu/ossl-modules"]

START = r"""
set -e
mount -t tmpfs -o mode=0755 none "$1"
shift
cd /
for folder in "$@"; do
  place="$0/${folder//\//_}"
  mkdir -p "$place/upper" "$place/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$place/upper,workdir=$place/work" "$folder"
done
ip link set lo up
echo ready
exec sleep infinity
"""


def _child_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


class InMachine(processes.Process):
    """A process of a machine. What was started is nsenter, which passes no
    signal on: they go to its child."""

    @property
    def pid(self):
        return _child_of(self._child.pid)

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self._child.wait()

    def close_input(self):
        self._child.stdin.close()


class Machine:
    """Started by its constructor; stop() ends all that runs there."""

    def __init__(self, folder):
        layers = pathlib.Path(folder) / "layers"
        layers.mkdir(parents=True)
        self._init = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
             "bash", "-c", START, layers, layers, *OVERLAID],
            stdout=subprocess.PIPE, text=True)
        if self._init.stdout.readline() != "ready\n":
            raise AssertionError("no namespaces: these tests need root")
        self._pid = _child_of(self._init.pid)
        self.install()

    def enter(self, user=None):
        """The words before a command that has it run there."""
        words = ["nsenter", "--target", str(self._pid), "--mount", "--net", "--pid"]
        if user:
            words += ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid),
                      "--init-groups"]
        return words

    def install(self):
        """What the packages will do."""
        module = "/usr/lib/x86_64-linux-gnu/ossl-modules/keyhold.so"
        for source, target, mode in [
                (processes.BIN / "cli/keyhold", "/usr/bin/keyhold", "0755"),
                (processes.BIN / "tls_lib/agent/keyhold-agent", "/usr/bin/keyhold-agent", "0755"),
                (processes.BIN / "tls_lib/provider/keyhold.so", module, "0644"),
                (processes.ROOT / "deploy/systemd/keyhold-agent.service",
                 "/etc/systemd/system/keyhold-agent.service", "0644"),
                (HERE / "systemctl", "/usr/local/bin/systemctl", "0755"),
                (HERE / "system_call_filter.py", "/usr/local/bin/system_call_filter.py", "0644")]:
            self.run("install", "-D", "-m", mode, str(source), target)
        self.sh("groupadd --system keyhold\n"
                "useradd --system --gid keyhold --home-dir /nonexistent "
                "--shell /usr/sbin/nologin keyhold-agent\n"
                "mkdir -p /etc/keyhold/keys")

    def run(self, *command, user=None, text=None, seconds=60, ok=True, environment=None):
        """Runs a command to its end; returns what it wrote."""
        done = subprocess.run(
            [*self.enter(user), *map(str, command)], input=text, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
            env={**os.environ, "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                 **(environment or {})})
        if ok and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n"
                                 f"{done.stdout}")
        return done.stdout

    def sh(self, script, **options):
        """The same for a script; each of its commands has to succeed."""
        return self.run("bash", "-euo", "pipefail", "-c", script, **options)

    def start(self, *command, stream="stdout", environment=None, user=None):
        """Starts a command that goes on."""
        return InMachine([*self.enter(user), *command], stream=stream, environment=environment)

    def write(self, path, text, mode=0o644):
        self.run("install", "-D", "-m", f"{mode:o}", "/dev/stdin", path, text=text)

    def wait_until_listening(self, port, seconds=processes.READY_SECONDS):
        """For servers that do not say when they are ready."""
        self.sh(f"until ss -Hltn 'sport = :{port}' | grep -q .; do sleep 0.05; done", seconds=seconds)

    def pids(self, *pattern):
        """Process ids, as the machine itself counts them."""
        return [int(word) for word in self.run("pgrep", *pattern, ok=False).split()]

    def kill(self, pid, number=signal.SIGKILL):
        self.run("kill", f"-{int(number)}", str(pid))

    def log(self, unit):
        return self.run("cat", f"/var/log/{unit}.service.log", ok=False)

    def stop(self):
        self._init.kill()
        self._init.wait()
        self._init.stdout.close()


def fresh_cluster(host):
    """PostgreSQL's cluster as the package makes it: this machine's own may be
    in use."""
    host.sh("rm -rf /var/lib/postgresql/15/main /etc/postgresql/15/main /run/postgresql\n"
            "pg_createcluster 15 main")


def temporary_folder(test_class):
    # A short path: sockets below it have to fit into sockaddr_un.
    folder = tempfile.TemporaryDirectory(prefix="kh-")
    test_class.addClassCleanup(folder.cleanup)
    return folder.name
