"""TLS with remote keys, through the OpenSSL provider."""


class UnsupportedError(Exception):
    """What this language cannot do, and the word that the run allows for it."""

    def __init__(self, word, message):
        super().__init__(message)
        self.word = word


class ProviderTls:
    def __init__(self, environment):
        pass

    def serve(self, command, files):
        raise UnsupportedError("no-provider", "the provider is not built")

    def stop(self, port):
        pass

    def connect(self, command, files):
        raise UnsupportedError("no-provider", "the provider is not built")
