package io.keyhold;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Sign.Tls12CertificateVerify;
import keyhold.signer.v1.Sign.Tls12ServerKeyExchange;
import keyhold.signer.v1.Sign.Tls13CertificateVerify;
import keyhold.signer.v1.Tls.Role;

/** Recognises what a TLS library wants signed, so that the signer can put it together itself. */
final class SignedContent {
  private static final int RANDOM_BYTES = 32;
  private static final int PADDING_BYTES = 64;
  private static final int NAMED_CURVE = 3;
  private static final int KEY_EXCHANGE_HEADER = 2 * RANDOM_BYTES + 4;
  private static final int MESSAGE_HEADER = 4;
  private static final byte[] SERVER = context("server");
  private static final byte[] CLIENT = context("client");
  private static final Map<Integer, Integer> POINT_BYTES =
      Map.of(23, 65, 24, 97, 25, 133, 29, 32, 30, 56);

  /** ClientHello … ClientKeyExchange (RFC 5246, section 7.4.8), without and with CertificateStatus. */
  private static final List<List<Integer>> CLIENT_MESSAGES =
      List.of(List.of(1, 2, 11, 12, 13, 14, 11, 16), List.of(1, 2, 11, 22, 12, 13, 14, 11, 16));

  private SignedContent() {}

  /** Sets the structured input; false for content that is not exactly one of those. */
  static boolean setInput(byte[] content, SignRequest.Builder request) {
    return setTls13(content, request)
        || setKeyExchange(content, request)
        || setClientMessages(content, request);
  }

  private static boolean setTls13(byte[] content, SignRequest.Builder request) {
    int start = PADDING_BYTES + SERVER.length;
    int size = content.length - start;
    if (size != 32 && size != 48) {
      return false;
    }
    for (int i = 0; i < PADDING_BYTES; i++) {
      if (content[i] != ' ') {
        return false;
      }
    }
    byte[] context = Arrays.copyOfRange(content, PADDING_BYTES, start);
    boolean server = Arrays.equals(context, SERVER);
    if (!server && !Arrays.equals(context, CLIENT)) {
      return false;
    }
    request.setTls13CertificateVerify(
        Tls13CertificateVerify.newBuilder()
            .setRole(server ? Role.ROLE_SERVER : Role.ROLE_CLIENT)
            .setTranscriptHash(ByteString.copyFrom(content, start, size)));
    return true;
  }

  private static boolean setKeyExchange(byte[] content, SignRequest.Builder request) {
    if (content.length < KEY_EXCHANGE_HEADER || content[2 * RANDOM_BYTES] != NAMED_CURVE) {
      return false;
    }
    int curve = number(content, 2 * RANDOM_BYTES + 1, 2);
    int size = number(content, KEY_EXCHANGE_HEADER - 1, 1);
    if (content.length != KEY_EXCHANGE_HEADER + size || POINT_BYTES.getOrDefault(curve, -1) != size) {
      return false;
    }
    request.setTls12ServerKeyExchange(
        Tls12ServerKeyExchange.newBuilder()
            .setClientRandom(ByteString.copyFrom(content, 0, RANDOM_BYTES))
            .setServerRandom(ByteString.copyFrom(content, RANDOM_BYTES, RANDOM_BYTES))
            .setCurve(curve)
            .setPublicPoint(ByteString.copyFrom(content, KEY_EXCHANGE_HEADER, size)));
    return true;
  }

  private static boolean setClientMessages(byte[] content, SignRequest.Builder request) {
    List<Integer> types = new ArrayList<>();
    int at = 0;
    while (at + MESSAGE_HEADER <= content.length && types.size() <= CLIENT_MESSAGES.get(1).size()) {
      types.add(number(content, at, 1));
      at += MESSAGE_HEADER + number(content, at + 1, 3);
    }
    if (at != content.length || !CLIENT_MESSAGES.contains(types)) {
      return false;
    }
    request.setTls12CertificateVerify(
        Tls12CertificateVerify.newBuilder().setHandshakeMessages(ByteString.copyFrom(content)));
    return true;
  }

  private static byte[] context(String role) {
    return ("TLS 1.3, " + role + " CertificateVerify\0").getBytes(StandardCharsets.US_ASCII);
  }

  private static int number(byte[] bytes, int at, int width) {
    int value = 0;
    for (int i = 0; i < width; i++) {
      value = value << 8 | (bytes[at + i] & 0xff);
    }
    return value;
  }
}
