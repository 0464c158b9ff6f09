// A signer in this process, which does as it is told.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { ErrorInfoSchema } from "../dist/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../dist/gen/google/rpc/status_pb.js";
import * as keys from "../dist/gen/keyhold/signer/v1/key_pb.js";
import * as sign from "../dist/gen/keyhold/signer/v1/sign_pb.js";

/** A fault: the call is never answered. */
export const SILENCE = Symbol("silence");

/** A refusal as the service sends it. */
export function refusal(code, reason) {
  const info = create(ErrorInfoSchema, {
    domain: "keyhold",
    reason,
    metadata: { policy_version: "abab" },
  });
  const details = create(StatusSchema, { code, details: [anyPack(ErrorInfoSchema, info)] });
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, details)));
  return { code, details: "refused by the test", metadata };
}

export class FakeSigner {
  /** One a call, from the front: refusals, or SILENCE. */
  faults = [];
  /** What came. */
  requests = [];
  /** Keys for listKeys and getKeys. */
  keys = [];
  #path;
  #server;

  /** Serves on a UNIX socket. */
  constructor(path) {
    this.#path = path;
  }

  get endpoint() {
    return `unix:${this.#path}`;
  }

  async start() {
    this.#server = new Server();
    this.#server.addService(
      {
        listKeys: method("ListKeys", keys.ListKeysRequestSchema, keys.ListKeysResponseSchema),
        getKey: method("GetKey", keys.GetKeyRequestSchema, keys.GetKeyResponseSchema),
        chooseScheme: method(
          "ChooseScheme",
          sign.ChooseSchemeRequestSchema,
          sign.ChooseSchemeResponseSchema,
        ),
        sign: method("Sign", sign.SignRequestSchema, sign.SignResponseSchema),
      },
      {
        listKeys: this.#answering((request) => {
          const at = Number(request.pageToken || 0); // pages of one
          const next = at + 1 < this.keys.length ? String(at + 1) : "";
          return { keys: this.keys.slice(at, at + 1), nextPageToken: next };
        }),
        getKey: this.#answering(() => ({ keys: this.keys })),
        chooseScheme: this.#answering((request) => ({ scheme: request.offered[0] })),
        sign: this.#answering((request) => ({
          scheme: request.scheme,
          signature: Buffer.from("a signature"),
        })),
      },
    );
    await new Promise((resolve, reject) => {
      this.#server.bindAsync(this.endpoint, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    return this;
  }

  stop() {
    this.#server.forceShutdown();
  }

  #answering(answer) {
    return (call, done) => {
      this.requests.push(call.request);
      const fault = this.faults.shift();
      if (fault === SILENCE) return;
      if (fault) done(fault);
      else done(null, answer(call.request));
    };
  }
}

function method(name, request, answer) {
  return {
    path: `/keyhold.signer.v1.Signer/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value) => Buffer.from(toBinary(request, value)),
    requestDeserialize: (bytes) => fromBinary(request, bytes),
    responseSerialize: (value) => Buffer.from(toBinary(answer, create(answer, value))),
    responseDeserialize: (bytes) => fromBinary(answer, bytes),
  };
}

export { status };
