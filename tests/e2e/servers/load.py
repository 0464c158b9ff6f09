"""Makes handshakes until its standard input ends; prints "started" after the
first, every failure, and a line of JSON with the counts at the end.

    python3 load.py --ca FILE --threads N PORT NAME...
"""

import argparse
import json
import socket
import ssl
import sys
import threading


def handshake(port, name, context):
    with socket.create_connection(("127.0.0.1", port), timeout=15) as raw:
        with context.wrap_socket(raw, server_hostname=name) as tls:
            tls.sendall(f"GET / HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            while tls.recv(65536):
                pass


class Load:
    def __init__(self, arguments):
        self.arguments = arguments
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.done = 0
        self.failed = 0

    def run(self, number):
        context = ssl.create_default_context(cafile=self.arguments.ca)
        if number % 2:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        count = number
        while not self.stop.is_set():
            name = self.arguments.names[count % len(self.arguments.names)]
            count += 1
            try:
                handshake(self.arguments.port, name, context)
                problem = None
            except OSError as error:
                problem = f"{name}: {error}"
            with self.lock:
                if problem:
                    self.failed += 1
                    print("failed:", problem, flush=True)
                else:
                    self.done += 1
                    if self.done == 1:
                        print("started", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ca")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("port", type=int)
    parser.add_argument("names", nargs="+")
    load = Load(parser.parse_args())
    threads = [threading.Thread(target=load.run, args=(number,))
               for number in range(load.arguments.threads)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    load.stop.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"done": load.done, "failed": load.failed}), flush=True)


if __name__ == "__main__":
    main()
