package io.keyhold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import google.rpc.ErrorDetails.ErrorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import keyhold.signer.v1.Sign.ChooseSchemeRequest;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Tls.TlsVersion;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;

/** The golden vectors: tests/vectors/README.md. */
class VectorsTest {
  private static final JsonObject FILE = read();
  private static final Map<String, JsonObject> KEYS = new HashMap<>();

  static {
    FILE.getAsJsonArray("keys")
        .forEach(key -> KEYS.put(Inputs.text(key.getAsJsonObject(), "name"), key.getAsJsonObject()));
  }

  private static JsonObject read() {
    try {
      String text = Files.readString(Path.of("../../tests/vectors/vectors.json"));
      return JsonParser.parseString(text).getAsJsonObject();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<DynamicTest> each(String list, ThrowingConsumer<JsonObject> check) {
    return StreamSupport.stream(FILE.getAsJsonArray(list).spliterator(), false)
        .map(JsonElement::getAsJsonObject)
        .map(
            vector ->
                DynamicTest.dynamicTest(Inputs.text(vector, "name"), () -> check.accept(vector)));
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  @TestFactory
  Stream<DynamicTest> signRequestsHaveTheseBytes() {
    return each(
        "sign",
        vector -> {
          SignRequest request = Inputs.signRequest(vector.getAsJsonObject("request"));
          assertEquals(Inputs.text(vector, "request_bytes"), hex(request.toByteString()));
        });
  }

  @TestFactory
  Stream<DynamicTest> chooseRequestsHaveTheseBytes() {
    return each(
        "choose",
        vector -> {
          JsonObject fields = vector.getAsJsonObject("request");
          ChooseSchemeRequest.Builder request =
              ChooseSchemeRequest.newBuilder()
                  .setSpkiSha256(Inputs.bytes(fields, "spki_sha256"))
                  .setRole(Inputs.role(fields))
                  .setTlsVersion(
                      Inputs.text(fields, "tls_version").equals("1.3")
                          ? TlsVersion.TLS_VERSION_1_3
                          : TlsVersion.TLS_VERSION_1_2)
                  .setServerName(Inputs.text(fields, "server_name"));
          fields.getAsJsonArray("offered").forEach(each -> request.addOffered(each.getAsInt()));
          assertEquals(Inputs.text(vector, "request_bytes"), hex(request.build().toByteString()));
        });
  }

  @TestFactory
  Stream<DynamicTest> contentIsRecognised() {
    return each(
        "sign",
        vector -> {
          if (!vector.has("to_be_signed")) {
            return;
          }
          SignRequest.Builder found = SignRequest.newBuilder();
          boolean structured = Inputs.text(vector, "form").startsWith("tls");
          byte[] content = Inputs.bytes(vector, "to_be_signed").toByteArray();
          assertEquals(structured, SignedContent.setInput(content, found));
          if (structured) {
            SignRequest expected = Inputs.signRequest(vector.getAsJsonObject("request"));
            SignRequest.Builder inputOnly = expected.toBuilder();
            inputOnly.clearId().clearRequestId().clearTimeLeftUs().clearTraceparent();
            inputOnly.clearSpkiSha256().clearScheme().clearOfferedSchemes().clearServerName();
            assertEquals(inputOnly.build(), found.build());
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> whatOnlyLooksStructuredIsNot() {
    return each(
        "not_structured",
        vector ->
            assertFalse(
                SignedContent.setInput(
                    Inputs.bytes(vector, "bytes").toByteArray(), SignRequest.newBuilder())));
  }

  @TestFactory
  Stream<DynamicTest> signaturesVerifyOrNot() {
    return each(
        "sign",
        vector -> {
          if (vector.has("to_be_signed")) {
            assertEquals(vector.get("verifies").getAsBoolean(), verifies(vector));
          }
        });
  }

  private static boolean verifies(JsonObject vector) throws GeneralSecurityException {
    SignatureScheme scheme = SignatureScheme.of(vector.get("scheme").getAsInt()).orElseThrow();
    Signature verifier = Signature.getInstance(scheme.algorithm());
    verifier.initVerify(publicKey(KEYS.get(Inputs.text(vector, "key"))));
    if (scheme.algorithm().equals("RSASSA-PSS")) {
      String hash = scheme.hash().orElseThrow();
      int salt = Integer.parseInt(hash.substring("SHA-".length())) / 8;
      verifier.setParameter(
          new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), salt, 1));
    }
    verifier.update(Inputs.bytes(vector, "to_be_signed").toByteArray());
    try {
      return verifier.verify(Inputs.bytes(vector, "signature").toByteArray());
    } catch (SignatureException e) {
      return false; // not even of the right form
    }
  }

  private static PublicKey publicKey(JsonObject key) throws GeneralSecurityException {
    String type = Inputs.text(key, "type");
    String algorithm =
        type.startsWith("ECDSA")
            ? "EC"
            : type.startsWith("ED") ? "EdDSA" : type.equals("RSA") ? "RSA" : "RSASSA-PSS";
    return KeyFactory.getInstance(algorithm)
        .generatePublic(new X509EncodedKeySpec(Inputs.bytes(key, "spki").toByteArray()));
  }

  @TestFactory
  Stream<DynamicTest> refusalsKeepTheirReason() {
    return each(
        "errors",
        vector -> {
          ErrorInfo info = SignerException.readInfo(Inputs.bytes(vector, "details").toByteArray());
          assertEquals(Inputs.text(vector, "reason"), info.getReason());
          assertEquals(
              Inputs.text(vector, "policy_version"),
              info.getMetadataOrDefault("policy_version", ""));
        });
  }
}
