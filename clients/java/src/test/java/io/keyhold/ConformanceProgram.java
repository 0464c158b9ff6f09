package io.keyhold;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.StreamSupport;
import keyhold.signer.v1.KeyOuterClass.Key;
import keyhold.signer.v1.Sign.ChooseSchemeRequest;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Sign.SignResponse;
import keyhold.signer.v1.Tls.Role;
import keyhold.signer.v1.Tls.TlsVersion;

/** Answers the commands of the conformance run: tests/clients/README.md. */
public final class ConformanceProgram {
  private static final HexFormat HEX = HexFormat.of();

  private final JsonObject identities;
  private final Map<String, SignerClient> clients = new HashMap<>();
  private final Map<Integer, RemoteTls.Server> servers = new HashMap<>();

  private ConformanceProgram(JsonObject environment) {
    identities = environment.getAsJsonObject("identities");
  }

  public static void main(String[] arguments) throws Exception {
    // Nothing else may write to standard output.
    PrintStream out = System.out;
    System.setOut(System.err);
    ConformanceProgram program =
        new ConformanceProgram(
            JsonParser.parseString(Files.readString(Path.of(arguments[0]))).getAsJsonObject());
    out.println("{\"client\":\"java\"}");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject command = JsonParser.parseString(line).getAsJsonObject();
      JsonObject answer = program.answer(command);
      answer.add("n", command.get("n"));
      out.println(new Gson().toJson(answer));
    }
    program.clients.values().forEach(SignerClient::close);
  }

  private JsonObject answer(JsonObject command) {
    JsonObject answer;
    try {
      answer = run(command);
      answer.addProperty("ok", true);
    } catch (Exception e) {
      answer = refusal(e);
      answer.addProperty("ok", false);
      answer.addProperty("message", e.toString());
    }
    return answer;
  }

  private static JsonObject refusal(Exception e) {
    SignerException refusal = RemoteTls.refusal(e);
    JsonObject result = new JsonObject();
    result.addProperty("status", refusal == null ? "TLS" : refusal.status().name());
    result.addProperty("reason", refusal == null ? "" : refusal.reason());
    return result;
  }

  private JsonObject run(JsonObject command) throws Exception {
    return switch (Inputs.text(command, "op")) {
      case "list_keys" -> listKeys(command);
      case "choose" -> choose(command);
      case "sign" -> sign(command);
      case "tls_server" -> tlsServer(command);
      case "stop" -> stop(command);
      case "tls_client" -> tlsClient(command);
      case "bench" -> bench(command);
      default -> throw new IllegalArgumentException("no such op: " + command);
    };
  }

  private SignerClient client(JsonObject command) {
    List<String> endpoints = strings(command.getAsJsonArray("endpoints"));
    String name = Inputs.text(command, "identity");
    return clients.computeIfAbsent(
        name + endpoints, key -> new SignerClient(endpoints, tlsFiles(name)));
  }

  private TlsFiles tlsFiles(String name) {
    JsonObject identity = identities.getAsJsonObject(name);
    return new TlsFiles(
        Path.of(Inputs.text(identity, "certificate")),
        Path.of(Inputs.text(identity, "private_key")),
        Path.of(Inputs.text(identity, "ca")));
  }

  private static Duration timeout(JsonObject command) {
    return Duration.ofMillis(command.get("timeout_ms").getAsLong());
  }

  private static List<String> strings(JsonArray array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsString).toList();
  }

  private JsonObject listKeys(JsonObject command) throws SignerException {
    JsonArray keys = new JsonArray();
    for (Key key : client(command).listKeys(false)) {
      JsonObject each = new JsonObject();
      each.addProperty("id", key.getId());
      each.addProperty("label", key.getLabel());
      each.addProperty("type", key.getType().name().substring("KEY_TYPE_".length()));
      each.addProperty("spki_sha256", HEX.formatHex(key.getSpkiSha256().toByteArray()));
      each.add("schemes", new Gson().toJsonTree(key.getSchemesList()));
      each.add("server_names", new Gson().toJsonTree(List.copyOf(key.getServerNamesList())));
      keys.add(each);
    }
    JsonObject answer = new JsonObject();
    answer.add("keys", keys);
    return answer;
  }

  private JsonObject choose(JsonObject command) throws SignerException {
    boolean tls13 = Inputs.text(command, "tls_version").equals("1.3");
    ChooseSchemeRequest.Builder request =
        ChooseSchemeRequest.newBuilder()
            .setSpkiSha256(Inputs.bytes(command, "spki_sha256"))
            .setRole(Inputs.role(command))
            .setTlsVersion(tls13 ? TlsVersion.TLS_VERSION_1_3 : TlsVersion.TLS_VERSION_1_2)
            .setServerName(Inputs.text(command, "server_name"));
    command.getAsJsonArray("offered").forEach(each -> request.addOffered(each.getAsInt()));
    JsonObject answer = new JsonObject();
    answer.addProperty(
        "scheme", client(command).chooseScheme(request.build(), timeout(command)).getScheme());
    return answer;
  }

  private JsonObject sign(JsonObject command) throws SignerException {
    SignRequest.Builder request =
        SignRequest.newBuilder()
            .setSpkiSha256(Inputs.bytes(command, "spki_sha256"))
            .setServerName(Inputs.text(command, "server_name"));
    Inputs.setScheme(command, request);
    JsonObject input = command.getAsJsonObject("input");
    Inputs.setInput(Inputs.text(input, "form"), input, request);
    SignResponse made = client(command).sign(request.build(), timeout(command));
    JsonObject answer = new JsonObject();
    answer.addProperty("scheme", made.getScheme());
    answer.addProperty("signature", HEX.formatHex(made.getSignature().toByteArray()));
    answer.addProperty("signed_object", HEX.formatHex(made.getSignedObject().toByteArray()));
    return answer;
  }

  private JsonObject tlsServer(JsonObject command) throws Exception {
    Path ca = command.has("client_ca") ? Path.of(Inputs.text(command, "client_ca")) : null;
    RemoteTls.Server server =
        new RemoteTls.Server(
            RemoteTls.context(client(command), Path.of(Inputs.text(command, "certificate")), ca),
            strings(command.getAsJsonArray("versions")),
            ca != null);
    servers.put(server.port(), server);
    JsonObject answer = new JsonObject();
    answer.addProperty("port", server.port());
    return answer;
  }

  private JsonObject stop(JsonObject command) throws Exception {
    JsonArray errors = new JsonArray();
    for (Exception failure : servers.remove(command.get("port").getAsInt()).stop()) {
      if (RemoteTls.refusal(failure) != null) {
        errors.add(refusal(failure));
      }
    }
    JsonObject answer = new JsonObject();
    answer.add("errors", errors);
    return answer;
  }

  private JsonObject tlsClient(JsonObject command) throws Exception {
    Path certificate =
        command.has("certificate") ? Path.of(Inputs.text(command, "certificate")) : null;
    JsonObject answer = new JsonObject();
    answer.addProperty(
        "received",
        RemoteTls.get(
            RemoteTls.context(client(command), certificate, Path.of(Inputs.text(command, "ca"))),
            command.get("port").getAsInt(),
            Inputs.text(command, "server_name"),
            strings(command.getAsJsonArray("versions"))));
    return answer;
  }

  private JsonObject bench(JsonObject command) throws Exception {
    SignerClient client = client(command);
    SignRequest.Builder request =
        SignRequest.newBuilder()
            .setSpkiSha256(Inputs.bytes(command, "spki_sha256"))
            .setScheme(command.get("scheme").getAsInt());
    int inFlight = command.get("in_flight").getAsInt();
    Semaphore free = new Semaphore(inFlight);
    AtomicLong count = new AtomicLong();
    AtomicReference<Throwable> failed = new AtomicReference<>();
    byte[] transcript = new byte[32];
    long begin = System.nanoTime();
    long end = begin + (long) (command.get("seconds").getAsDouble() * 1e9);
    while (System.nanoTime() < end) {
      free.acquire();
      ThreadLocalRandom.current().nextBytes(transcript);
      request
          .getTls13CertificateVerifyBuilder()
          .setRole(Role.ROLE_SERVER)
          .setTranscriptHash(ByteString.copyFrom(transcript));
      client
          .signAsync(request.build(), timeout(command))
          .whenComplete(
              (answer, failure) -> {
                if (failure == null) {
                  count.incrementAndGet();
                } else {
                  failed.set(failure);
                }
                free.release();
              });
    }
    free.acquire(inFlight);
    if (failed.get() != null) {
      throw new ExecutionException(failed.get());
    }
    JsonObject answer = new JsonObject();
    answer.addProperty("count", count.get());
    answer.addProperty("seconds", (System.nanoTime() - begin) / 1e9);
    return answer;
  }
}
