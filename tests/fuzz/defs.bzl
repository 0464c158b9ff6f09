"""Fuzz targets: what parses bytes that a stranger may have written."""

def fuzz_target(name, srcs, deps, corpus, runs = 20000, **kwargs):
    """A fuzz target, and what runs it.

    The source has LLVMFuzzerTestOneInput (llvm.org/docs/LibFuzzer.html), and
    checks what must hold for any input with abort().

      NAME          an ordinary test: every file of the corpus, and then changes
                    of them, always the same ones
      NAME_fuzzer   with libFuzzer, for as long as one likes: ./tests/fuzz/run.sh

    Args:
      name: ends with "_fuzz".
      srcs: the source.
      deps: what it needs.
      corpus: folder below corpus/ with inputs, one a file.
      runs: changed inputs that the test tries.
      **kwargs: as cc_test.
    """
    inputs = native.glob(["corpus/%s/*" % corpus])
    native.cc_test(
        name = name,
        srcs = srcs,
        args = [str(runs)] + ["$(location %s)" % path for path in inputs],
        data = inputs,
        deps = deps + ["//tests/fuzz:replay"],
        **kwargs
    )
    native.cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        srcs = srcs,
        linkopts = ["-fsanitize=fuzzer"],
        # Needs --config=fuzz.
        tags = ["manual"],
        deps = deps,
    )
