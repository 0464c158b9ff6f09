"""How keyhold.so is linked."""

# Archives that a module which is loaded into other people's programs brings
# along, hidden: the program may use another version of the same. Of Abseil only
# these, since the others are compiled for programs; abseil_sampling.cc says
# more.
_STATIC = ["absl_%s" % library for library in [
    "bad_optional_access",
    "bad_variant_access",
    "civil_time",
    "cord",
    "cord_internal",
    "int128",
    "raw_logging_internal",
    "spinlock_wait",
    "status",
    "statusor",
    "strerror",
    "strings",
    "strings_internal",
    "throw_delegate",
    "time",
    "time_zone",
]] + ["stdc++"]

def provider_module(name, srcs, version_script, **kwargs):
    """A module for OpenSSL that needs libcrypto and the C library, no more.

    Args:
      name: with ".so".
      srcs: where OSSL_provider_init is.
      version_script: the names that the module shows.
      **kwargs: as cc_binary.
    """
    native.cc_binary(
        name = name,
        srcs = srcs,
        additional_linker_inputs = [version_script],
        linkopts = [
            "-static-libgcc",
            "-Wl,--as-needed",
            "-Wl,--exclude-libs,ALL",
            "-Wl,--gc-sections",
            "-Wl,--version-script=$(location %s)" % version_script,
            # A key may outlive the unloading of the provider that made it, and
            # code whose destructors are registered must not go away.
            "-Wl,-z,nodelete",
            "-Wl,-z,now",
            "-Wl,-z,relro",
            # Before the shared ones of :absl, which then have nothing to do.
            "-Wl,--start-group",
        ] + ["-l:lib%s.a" % library for library in _STATIC] + [
            "-Wl,--end-group",
        ],
        linkshared = True,
        **kwargs
    )
