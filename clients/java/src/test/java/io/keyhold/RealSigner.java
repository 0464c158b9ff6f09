package io.keyhold;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The real programs, set up as `keyhold init` does. */
final class RealSigner implements AutoCloseable {
  private static final Path PROJECT = Path.of("../..").toAbsolutePath().normalize();
  private static final String RULE = "    - name: application\n";

  private final Path folder;
  private Process process;
  private int port;

  /** Makes {@code folder}/dev. */
  RealSigner(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    Process init =
        new ProcessBuilder(program("cli/keyhold"), "init", dev().toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (init.waitFor() != 0) {
      throw new IllegalStateException("keyhold init failed");
    }
    replace(":7443", ":0");
  }

  private static String program(String name) {
    String bin = System.getenv("KEYHOLD_BIN");
    Path from = bin == null || bin.isEmpty() ? PROJECT.resolve("bazel-bin") : Path.of(bin);
    return from.resolve(name).toString();
  }

  Path dev() {
    return folder.resolve("dev");
  }

  private void replace(String before, String after) throws IOException {
    Path config = dev().resolve("signer/signer.yaml");
    String text = Files.readString(config);
    if (!text.contains(before)) {
      throw new IllegalStateException("init's configuration has another form");
    }
    Files.writeString(config, text.replace(before, after));
  }

  /** Gives the application's rule these usages, and no others. */
  RealSigner allow(String... usages) throws IOException {
    replace(RULE, RULE + "      usages: [" + String.join(", ", usages) + "]\n");
    return this;
  }

  RealSigner start() throws IOException {
    process =
        new ProcessBuilder(
                program("signer_service/keyhold-signer"),
                "--config",
                dev().resolve("signer/signer.yaml").toString())
            .start();
    // Left open: the signer's log goes on.
    BufferedReader log = process.errorReader(StandardCharsets.UTF_8);
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      JsonObject event = JsonParser.parseString(line).getAsJsonObject();
      if (event.get("event").getAsString().equals("ready")) {
        JsonObject listener = event.getAsJsonArray("listeners").get(0).getAsJsonObject();
        port = Integer.parseInt(listener.get("address").getAsString().replaceAll(".*:", ""));
        return this;
      }
    }
    throw new IllegalStateException("the signer did not start");
  }

  int port() {
    return port;
  }

  TlsFiles tls() {
    Path app = dev().resolve("app");
    return new TlsFiles(
        app.resolve("transport.crt"), app.resolve("transport.key"), app.resolve("signer-ca.crt"));
  }

  SignerClient client() {
    return new SignerClient(List.of("localhost:" + port), tls());
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly().onExit().join();
    }
  }
}
