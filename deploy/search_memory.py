#!/usr/bin/env python3
"""Searches a process's memory and folders for private keys.

    search_memory.py --pid PID --folder DIR KEY.key...

Reads each KEY.key (PKCS#8 in PEM, as `keyhold init` writes them) and looks
for its secret numbers: an RSA key's d, p, q and CRT values, an EC key's
scalar, an Ed25519 or Ed448 key's seed and what is derived from it. Each is
looked for as a big-endian string, as the little-endian words of an OpenSSL
BIGNUM, and as a piece of the PEM text; the first also finds them in DER.

Looks through every readable mapping of the process, its open files, and all
files below the folders. Exit status: 0 nothing found, 1 something found,
2 it could not search.
"""

import argparse
import base64
import hashlib
import os
import re
import sys

CHUNK = 16 << 20
PEM_LINE = 64
# Shorter pieces of a number could occur by chance.
MIN_PATTERN = 16

RSA, EC, ED25519, ED448 = (
    bytes.fromhex(oid)
    for oid in ("2a864886f70d010101", "2a8648ce3d0201", "2b6570", "2b6571"))
RSA_PSS = bytes.fromhex("2a864886f70d01010a")


class CannotSearch(Exception):
    pass


class Der:
    """One DER element: `value` with its place in the whole, `start`."""

    def __init__(self, data, start):
        self.tag = data[start]
        length = data[start + 1]
        start += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[start:start + size], "big")
            start += size
        self.data, self.start, self.end = data, start, start + length
        if self.end > len(data):
            raise CannotSearch("truncated DER")

    @property
    def value(self):
        return self.data[self.start:self.end]

    def children(self):
        at, elements = self.start, []
        while at < self.end:
            elements.append(Der(self.data, at))
            at = elements[-1].end
        return elements


def secret_fields(der):
    """(name, element) for each secret number in a PKCS#8 key (RFC 5958)."""
    info = Der(der, 0).children()
    algorithm = info[1].children()[0].value
    inner = Der(der, info[2].start)
    if algorithm in (RSA, RSA_PSS):
        names = ("d", "p", "q", "d mod p-1", "d mod q-1", "1/q mod p")
        return list(zip(names, inner.children()[3:9]))
    if algorithm == EC:
        return [("scalar", inner.children()[1])]
    if algorithm in (ED25519, ED448):
        return [("seed", inner)]
    raise CannotSearch("a type of key that this program does not know")


def pem_pieces(der, field):
    """The base64 digits that hold nothing but `field`, line by line."""
    text = base64.b64encode(der).decode()
    first, last = -(-field.start // 3) * 4, field.end // 3 * 4
    while first < last:
        line_end = min(last, (first // PEM_LINE + 1) * PEM_LINE)
        if line_end - first >= MIN_PATTERN:
            yield text[first:line_end].encode()
        first = line_end


def patterns_of(path):
    """{bytes: what they are} for one key file."""
    with open(path, encoding="ascii", errors="replace") as file:
        match = re.search(r"-----BEGIN PRIVATE KEY-----(.*?)-----END", file.read(), re.S)
    if not match:
        raise CannotSearch(f"{path}: no PKCS#8 private key in PEM")
    der = base64.b64decode(match.group(1))
    name = os.path.basename(path)
    patterns = {}
    for field, element in secret_fields(der):
        value = element.value
        number = value.lstrip(b"\0")
        patterns[number] = f"{name}: {field}, big-endian"
        patterns[number[::-1]] = f"{name}: {field}, as a BIGNUM holds it"
        for piece in pem_pieces(der, element):
            patterns[piece] = f"{name}: {field}, as PEM text"
        if field == "seed" and len(value) == 32:
            # RFC 8032 §5.1.5.
            digest = hashlib.sha512(value).digest()
            scalar = bytearray(digest[:32])
            scalar[0] &= 248
            scalar[31] = scalar[31] & 127 | 64
            patterns[bytes(scalar)] = f"{name}: the scalar derived from the seed"
            patterns[digest[32:]] = f"{name}: the prefix derived from the seed"
    return patterns


class Search:
    def __init__(self, patterns):
        self.patterns = patterns
        self.overlap = max(map(len, patterns)) - 1
        self.finds = set()
        self.seen = 0

    def scan(self, read, size, place):
        """`read(offset, size)` gives bytes; shorter at the end."""
        offset, tail, found = 0, b"", set()
        while size is None or offset < size:
            chunk = read(offset, CHUNK if size is None else min(CHUNK, size - offset))
            if not chunk:
                break
            self.seen += len(chunk)
            text = tail + chunk
            found.update(p for p in self.patterns if p in text)
            tail = text[-self.overlap:]
            offset += len(chunk)
        self.finds.update(f"{self.patterns[p]}, in {place}" for p in found)

    def scan_file(self, path, place):
        with open(path, "rb") as file:
            self.scan(lambda _, size: file.read(size), None, place)


def search_process(search, pid):
    """Returns how many mappings were read."""
    try:
        with open(f"/proc/{pid}/maps") as file:
            lines = file.read().splitlines()
        memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    except OSError as error:
        raise CannotSearch(f"process {pid}: {error.strerror}: run as root, or as "
                           "the user of the process where the system allows it")
    mappings = 0
    for line in lines:
        fields = line.split(maxsplit=5)
        name = fields[5] if len(fields) > 5 else "anonymous memory"
        # [vvar] and [vsyscall] belong to the kernel and cannot be read.
        if "r" not in fields[1] or name.startswith(("[vvar", "[vsyscall")):
            continue
        start, end = (int(part, 16) for part in fields[0].split("-"))
        try:
            search.scan(lambda at, size: os.pread(memory, size, start + at),
                        end - start, f"the memory of process {pid} ({name})")
        except OSError as error:
            raise CannotSearch(f"process {pid}, {name}: {error.strerror}")
        mappings += 1
    os.close(memory)
    return mappings


def search_files(search, pid, folders):
    """Returns how many files were read."""
    paths = [os.path.join(parent, name)
             for folder in folders
             for parent, _, names in os.walk(folder)
             for name in names]
    if pid:
        paths += [f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd")]
    files = 0
    for path in paths:
        if not os.path.isfile(path):  # sockets, pipes, terminals
            continue
        search.scan_file(path, os.path.realpath(path))
        files += 1
    return files


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pid", type=int)
    parser.add_argument("--folder", action="append", default=[])
    parser.add_argument("--quiet", action="store_true", help="only the last line")
    parser.add_argument("keys", nargs="+", metavar="KEY.key")
    arguments = parser.parse_args()

    patterns = {}
    for path in arguments.keys:
        patterns.update(patterns_of(path))
    search = Search(patterns)
    mappings = search_process(search, arguments.pid) if arguments.pid else 0
    files = search_files(search, arguments.pid, arguments.folder)
    if not arguments.quiet:
        for find in sorted(search.finds):
            print(f"FOUND {find}")
    keys = len({find.split(":")[0] for find in search.finds})
    found = (f"found {keys} of {len(arguments.keys)} keys, in {len(search.finds)} places"
             if search.finds else f"found none of {len(arguments.keys)} keys")
    print(f"{found} ({len(patterns)} patterns, {mappings} memory mappings, {files} files, "
          f"{search.seen / 2**20:.0f} MiB)")
    return 1 if search.finds else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CannotSearch, OSError, IndexError) as problem:
        print(f"search_memory: {problem}", file=sys.stderr)
        sys.exit(2)
