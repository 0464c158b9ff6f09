import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type ServiceError, status } from "@grpc/grpc-js";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "./gen/google/rpc/status_pb.js";

const DOMAIN = "keyhold";

/** What a signer says of a refusal. Both are empty where no signer answered. */
export interface Refusal {
  /** The signer's word for it, as USAGE_NOT_ALLOWED. */
  reason: string;
  /** Hexadecimal digits. */
  policyVersion: string;
}

/** A call that failed. docs/errors.md lists every status and reason. */
export class SignerError extends Error {
  override readonly name = "SignerError";
  /** gRPC's code: one of `status` of @grpc/grpc-js. */
  readonly code: status;
  /** See Refusal. */
  readonly reason: string;
  readonly policyVersion: string;

  constructor(code: status, message: string, refusal: Refusal, options?: ErrorOptions) {
    const reason = refusal.reason && ` (${refusal.reason})`;
    super(`${status[code]}${reason}: ${message}`, options);
    this.code = code;
    this.reason = refusal.reason;
    this.policyVersion = refusal.policyVersion;
  }

  /** The name of the code, as PERMISSION_DENIED. */
  get status(): string {
    return status[this.code] ?? "UNKNOWN";
  }
}

/** The refusal in a serialized google.rpc.Status (grpc-status-details-bin); empty if it is none. */
export function readRefusal(details: Uint8Array): Refusal {
  try {
    for (const detail of fromBinary(StatusSchema, details).details) {
      const info = anyUnpack(detail, ErrorInfoSchema);
      if (info?.domain === DOMAIN) {
        return { reason: info.reason, policyVersion: info.metadata.policy_version ?? "" };
      }
    }
  } catch {
    // Not from a signer: there is a status all the same.
  }
  return { reason: "", policyVersion: "" };
}

/** `asked` says who was asked: an endpoint. */
export function toSignerError(error: ServiceError, asked: string): SignerError {
  const details = error.metadata?.get("grpc-status-details-bin")[0];
  const refusal =
    details instanceof Uint8Array ? readRefusal(details) : { reason: "", policyVersion: "" };
  return new SignerError(error.code, `${asked}: ${error.details}`, refusal, { cause: error });
}
