"""SystemCallFilter= of a unit, as systemd applies it (systemd.exec(5)): without
it a service may work here and be killed by its first forbidden call at home."""

import ctypes
import subprocess

PR_SET_NO_NEW_PRIVS = 38
KILL_PROCESS = 0x80000000
ALLOW = 0x7FFF0000


def _calls(name):
    """The system calls of a name or of a set such as @system-service."""
    if not name.startswith("@"):
        return {name}
    lines = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    names = [line.strip() for line in lines[1:]]
    return set().union(*(_calls(one) for one in names if one and not one.startswith("#")))


def allowed(lines):
    """What the lines of a unit allow: the first allows something, later ones
    add, and with ~ take away."""
    calls = _calls("@default")
    for line in lines:
        words = line.removeprefix("~").split()
        named = set().union(*map(_calls, words))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


class SystemCallFilter:
    """Prepared before the fork, since that is slow; put in force after it."""

    def __init__(self, lines):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._seccomp = ctypes.CDLL("libseccomp.so.2")
        self._seccomp.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._seccomp.seccomp_init(ctypes.c_uint32(KILL_PROCESS)))
        for name in allowed(lines):
            number = self._seccomp.seccomp_syscall_resolve_name(name.encode())
            # Negative: not of this architecture.
            if number >= 0:
                self._check(self._seccomp.seccomp_rule_add(
                    self._context, ctypes.c_uint32(ALLOW), number, 0))

    @staticmethod
    def _check(result):
        if result != 0:
            raise OSError(abs(result), "libseccomp")

    def enforce(self):
        self._check(self._libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        self._check(self._seccomp.seccomp_load(self._context))
