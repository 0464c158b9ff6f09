"""Makes the protocol's Python code from the project's .proto files.

Everything else is in pyproject.toml. The code goes to src/keyhold/signer,
where its own imports (keyhold.signer.v1) find it; it is not committed.
"""

import pathlib

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"
NAMES = ("tls", "key", "sign", "errors")


def generate() -> None:
    from grpc_tools import protoc

    files = [str(PROTO / "keyhold/signer/v1" / f"{name}.proto") for name in NAMES]
    out = HERE / "src"
    well_known = pathlib.Path(protoc.__file__).parent / "_proto"
    arguments = [
        "protoc",
        f"-I{PROTO}",
        f"-I{well_known}",
        f"--python_out={out}",
        f"--pyi_out={out}",
    ]
    if protoc.main([*arguments, *files]) != 0:
        raise SystemExit("the .proto files could not be compiled")


class BuildWithProtocol(build_py):
    def run(self) -> None:
        if PROTO.is_dir():
            generate()
            for package in ("keyhold.signer", "keyhold.signer.v1"):
                if package not in (self.packages or []):
                    self.packages = [*(self.packages or []), package]
        super().run()


setup(cmdclass={"build_py": BuildWithProtocol})
