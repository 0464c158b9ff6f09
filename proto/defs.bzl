"""One rule that turns .proto files into a C++ library with gRPC stubs."""

def keyhold_cc_proto_library(name, srcs, services = [], deps = [], imports = [], **kwargs):
    """Generates C++ for .proto files with the system's protoc.

    Args:
      name: the library.
      srcs: .proto files, below //proto.
      services: those of srcs that define services: they get gRPC stubs.
      deps: libraries made by this rule whose messages srcs import.
      imports: .proto files that srcs import (and their imports).
      **kwargs: passed on to cc_library.
    """
    hdrs, bodies = [], []
    for src in srcs:
        stem = src[:-len(".proto")]
        hdrs.append(stem + ".pb.h")
        bodies.append(stem + ".pb.cc")
    cmds = ["$(location @system//:protoc) -Iproto -I/usr/include --cpp_out=$(RULEDIR) " +
            " ".join(["$(location %s)" % s for s in srcs])]
    for src in services:
        stem = src[:-len(".proto")]
        hdrs.append(stem + ".grpc.pb.h")
        bodies.append(stem + ".grpc.pb.cc")
        cmds.append("$(location @system//:protoc) -Iproto -I/usr/include" +
                    " --plugin=protoc-gen-grpc=$(location @system//:grpc_cpp_plugin)" +
                    " --grpc_out=$(RULEDIR) $(location %s)" % src)
    native.genrule(
        name = name + "_gen",
        srcs = srcs + imports,
        outs = hdrs + bodies,
        cmd = " && ".join(cmds),
        tools = [
            "@system//:grpc_cpp_plugin",
            "@system//:protoc",
        ],
    )
    native.cc_library(
        name = name,
        srcs = bodies,
        hdrs = hdrs,
        copts = ["-w"],
        includes = ["."],
        deps = deps + ["@system//:grpc" if services else "@system//:protobuf"],
        **kwargs
    )
