package io.keyhold;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import java.util.HexFormat;
import keyhold.signer.v1.Sign;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Tls.Hash;
import keyhold.signer.v1.Tls.Role;

/** Requests from JSON, as the golden vectors and the conformance commands have them. */
final class Inputs {
  private Inputs() {}

  static ByteString bytes(JsonObject from, String field) {
    return ByteString.copyFrom(HexFormat.of().parseHex(text(from, field)));
  }

  static String text(JsonObject from, String field) {
    return from.has(field) ? from.get(field).getAsString() : "";
  }

  static Role role(JsonObject from) {
    return Role.valueOf("ROLE_" + text(from, "role").toUpperCase());
  }

  /** A vector's "request". */
  static SignRequest signRequest(JsonObject from) {
    SignRequest.Builder request =
        SignRequest.newBuilder()
            .setRequestId(bytes(from, "request_id"))
            .setTraceparent(text(from, "traceparent"))
            .setSpkiSha256(bytes(from, "spki_sha256"))
            .setServerName(text(from, "server_name"));
    if (from.has("id")) {
      request.setId(from.get("id").getAsLong());
    }
    if (from.has("time_left_us")) {
      request.setTimeLeftUs(from.get("time_left_us").getAsLong());
    }
    setScheme(from, request);
    for (SignRequest.InputCase form : SignRequest.InputCase.values()) {
      String name = form.name().toLowerCase();
      if (from.has(name)) {
        setInput(name, from.get(name), request);
      }
    }
    return request.build();
  }

  static void setScheme(JsonObject from, SignRequest.Builder request) {
    if (from.has("scheme")) {
      request.setScheme(from.get("scheme").getAsInt());
    }
    if (from.has("offered_schemes")) {
      from.getAsJsonArray("offered_schemes").forEach(each -> request.addOfferedSchemes(each.getAsInt()));
    }
  }

  /** Sets the input of a form; a message is plain hex, or an object with it. */
  static void setInput(String form, JsonElement value, SignRequest.Builder request) {
    if (form.equals("message")) {
      String hex =
          value.isJsonObject() ? text(value.getAsJsonObject(), "message") : value.getAsString();
      request.setMessage(ByteString.copyFrom(HexFormat.of().parseHex(hex)));
      return;
    }
    JsonObject fields = value.getAsJsonObject();
    switch (form) {
      case "tls13_certificate_verify" ->
          request
              .getTls13CertificateVerifyBuilder()
              .setRole(role(fields))
              .setTranscriptHash(bytes(fields, "transcript_hash"));
      case "tls12_server_key_exchange" ->
          request
              .getTls12ServerKeyExchangeBuilder()
              .setClientRandom(bytes(fields, "client_random"))
              .setServerRandom(bytes(fields, "server_random"))
              .setCurve(fields.get("curve").getAsInt())
              .setPublicPoint(bytes(fields, "public_point"));
      case "tls12_certificate_verify" ->
          request
              .getTls12CertificateVerifyBuilder()
              .setHandshakeMessages(bytes(fields, "handshake_messages"));
      case "digest" ->
          request
              .getDigestBuilder()
              .setHash(Hash.valueOf("HASH_" + text(fields, "hash").toUpperCase()))
              .setValue(bytes(fields, "value"));
      case "csr" -> {
        Sign.CertificateSigningRequest.Builder csr = request.getCsrBuilder();
        csr.setCommonName(text(fields, "common_name"));
        names(fields).forEach(name -> csr.addDnsNames(name.getAsString()));
      }
      case "self_signed_certificate" -> {
        Sign.SelfSignedCertificate.Builder certificate = request.getSelfSignedCertificateBuilder();
        names(fields).forEach(name -> certificate.addDnsNames(name.getAsString()));
        certificate.setValidDays(fields.get("valid_days").getAsInt());
      }
      case "delegated_credential" ->
          request
              .getDelegatedCredentialBuilder()
              .setRole(role(fields))
              .setValidTime(fields.get("valid_time").getAsInt())
              .setDcCertVerifyAlgorithm(fields.get("dc_cert_verify_algorithm").getAsInt())
              .setSpki(bytes(fields, "spki"));
      default -> throw new IllegalArgumentException("no such form: " + form);
    }
  }

  private static JsonArray names(JsonObject fields) {
    return fields.has("dns_names") ? fields.getAsJsonArray("dns_names") : new JsonArray();
  }
}
