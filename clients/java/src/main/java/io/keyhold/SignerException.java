package io.keyhold;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import google.rpc.ErrorDetails.ErrorInfo;
import google.rpc.StatusOuterClass;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;

/**
 * A call to the signer that failed. The project's {@code docs/errors.md} lists every status and
 * reason.
 */
public final class SignerException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final String DOMAIN = "keyhold";
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final Status.Code status;
  private final String reason;
  private final String policyVersion;

  SignerException(
      Status.Code status, String reason, String message, String policyVersion, Throwable cause) {
    super(status + (reason.isEmpty() ? "" : " (" + reason + ")") + ": " + message, cause);
    this.status = status;
    this.reason = reason;
    this.policyVersion = policyVersion;
  }

  /** {@code asked} says who was asked: an endpoint. */
  static SignerException of(Status status, Metadata trailers, String asked) {
    byte[] details = trailers == null ? null : trailers.get(DETAILS);
    ErrorInfo info = details == null ? ErrorInfo.getDefaultInstance() : readInfo(details);
    String text = status.getDescription() == null ? "no message" : status.getDescription();
    if (status.getCause() != null) {
      text += " (" + status.getCause().getMessage() + ")";
    }
    return new SignerException(
        status.getCode(),
        info.getReason(),
        asked + ": " + text,
        info.getMetadataOrDefault("policy_version", ""),
        status.getCause());
  }

  /** The signer's ErrorInfo in a serialized google.rpc.Status; empty if there is none. */
  static ErrorInfo readInfo(byte[] details) {
    try {
      for (Any detail : StatusOuterClass.Status.parseFrom(details).getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          if (info.getDomain().equals(DOMAIN)) {
            return info;
          }
        }
      }
    } catch (InvalidProtocolBufferException e) {
      // Not from a signer: there is a status all the same.
    }
    return ErrorInfo.getDefaultInstance();
  }

  /** gRPC's code, for instance PERMISSION_DENIED. */
  public Status.Code status() {
    return status;
  }

  /** The signer's word for it, as USAGE_NOT_ALLOWED; empty where no signer answered. */
  public String reason() {
    return reason;
  }

  /** Hexadecimal digits; empty where no signer answered. */
  public String policyVersion() {
    return policyVersion;
  }
}
