import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  create,
  fromBinary,
  toBinary,
} from "@bufbuild/protobuf";
import { type ServiceError, status } from "@grpc/grpc-js";
import { Attempts, Preference } from "./attempts.js";
import { SignerError, toSignerError } from "./errors.js";
import {
  GetKeyRequestSchema,
  GetKeyResponseSchema,
  type Key,
  type KeySelectorSchema,
  ListKeysRequestSchema,
  ListKeysResponseSchema,
} from "./gen/keyhold/signer/v1/key_pb.js";
import {
  ChooseSchemeRequestSchema,
  ChooseSchemeResponseSchema,
  type SignRequest,
  SignRequestSchema,
  type SignResponse,
  SignResponseSchema,
} from "./gen/keyhold/signer/v1/sign_pb.js";
import { type TlsFiles, Transport } from "./transport.js";

const SERVICE = "/keyhold.signer.v1.Signer/";
const REQUEST_ID_BYTES = 16;

/** What a call has, unless another is given: a TLS peer waits for it. */
export const DEFAULT_TIMEOUT_MS = 2000;

export interface SignerClientOptions {
  /** Needed for all endpoints but unix:PATH. */
  tls?: TlsFiles;
  /** Until a call gives up; DEFAULT_TIMEOUT_MS by default. */
  timeoutMs?: number;
}

export interface CallOptions {
  timeoutMs?: number;
  /** Cancels the call, which then throws a SignerError with the code CANCELLED. */
  signal?: AbortSignal;
}

/** Key, scheme (or offeredSchemes) and input; the client adds its id and the time left. */
export type SignInit = Omit<
  MessageInitShape<typeof SignRequestSchema>,
  "id" | "requestId" | "timeLeftUs" | "$typeName"
>;

interface Method<Q extends DescMessage, A extends DescMessage> {
  path: string;
  request: Q;
  answer: A;
}

const LIST_KEYS = {
  path: `${SERVICE}ListKeys`,
  request: ListKeysRequestSchema,
  answer: ListKeysResponseSchema,
};
const GET_KEY = {
  path: `${SERVICE}GetKey`,
  request: GetKeyRequestSchema,
  answer: GetKeyResponseSchema,
};
const CHOOSE_SCHEME = {
  path: `${SERVICE}ChooseScheme`,
  request: ChooseSchemeRequestSchema,
  answer: ChooseSchemeResponseSchema,
};
const SIGN = { path: `${SERVICE}Sign`, request: SignRequestSchema, answer: SignResponseSchema };

/**
 * A client of one or several equal signers. Every call ends within its timeout and rejects with a
 * SignerError, which keeps the signer's reason.
 */
export class SignerClient {
  readonly #transports: Transport[];
  readonly #preference = new Preference();
  readonly #timeoutMs: number;

  /** `endpoints` are HOST:PORT, or unix:PATH on the signer's own host; at least one. */
  constructor(endpoints: readonly string[], options: SignerClientOptions = {}) {
    if (endpoints.length === 0) {
      throw new TypeError("endpoints is empty: name at least one signer, as 'HOST:PORT'");
    }
    this.#transports = endpoints.map((address) => new Transport(address, options.tls));
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** All keys that this identity may know of, without certificate chains. */
  async *listKeys(options: CallOptions = {}): AsyncGenerator<Key, void, undefined> {
    let pageToken = "";
    do {
      const page = await this.#call(
        LIST_KEYS,
        create(ListKeysRequestSchema, { pageToken }),
        options,
      );
      yield* page.keys;
      pageToken = page.nextPageToken;
    } while (pageToken);
  }

  /** The keys that a selector names, with their certificate chains: at least one. */
  async getKeys(
    by: MessageInitShape<typeof KeySelectorSchema>["by"],
    options: CallOptions = {},
  ): Promise<Key[]> {
    const request = create(GetKeyRequestSchema, { selector: { by } });
    return (await this.#call(GET_KEY, request, options)).keys;
  }

  /** The scheme (code point) that the signer would take among those offered. */
  async chooseScheme(
    request: MessageInitShape<typeof ChooseSchemeRequestSchema>,
    options: CallOptions = {},
  ): Promise<number> {
    const filled = create(ChooseSchemeRequestSchema, request);
    return (await this.#call(CHOOSE_SCHEME, filled, options)).scheme;
  }

  /** One signature: `signature` as TLS carries it, and `scheme`. */
  async sign(request: SignInit, options: CallOptions = {}): Promise<SignResponse> {
    const filled = create(SignRequestSchema, {
      ...request,
      requestId: randomBytes(REQUEST_ID_BYTES),
    });
    return this.#call(SIGN, filled, options, (message: SignRequest, timeoutMs: number) => {
      message.timeLeftUs = BigInt(Math.trunc(timeoutMs * 1000));
    });
  }

  /** Ends all connections, and with them what keeps the process alive. */
  close(): void {
    for (const transport of this.#transports) transport.close();
  }

  async #call<Q extends DescMessage, A extends DescMessage>(
    method: Method<Q, A>,
    request: MessageShape<Q>,
    options: CallOptions,
    prepare?: (request: MessageShape<Q>, timeoutMs: number) => void,
  ): Promise<MessageShape<A>> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const attempts = new Attempts(this.#transports.length, this.#preference, timeoutMs);
    for (;;) {
      const transport = this.#transports[attempts.index] as Transport;
      try {
        prepare?.(request, attempts.timeoutMs);
        const answer = await once(transport, method, request, attempts.timeoutMs, options.signal);
        attempts.succeeded();
        return answer;
      } catch (error) {
        if (!(error instanceof SignerError)) throw error;
        await pauseFor(attempts.failed(error), options.signal);
      }
    }
  }
}

/** One try. */
function once<Q extends DescMessage, A extends DescMessage>(
  transport: Transport,
  method: Method<Q, A>,
  request: MessageShape<Q>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<MessageShape<A>> {
  if (signal?.aborted) return Promise.reject(cancelled(signal));
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, answer?: MessageShape<A>) => {
      signal?.removeEventListener("abort", cancel);
      if (!error) {
        transport.answered();
        resolve(answer as MessageShape<A>);
        return;
      }
      if (error.code === status.UNAVAILABLE) transport.failed();
      reject(toSignerError(error, transport.address));
    };
    const cancel = () => call.cancel();
    const call = transport.client().makeUnaryRequest(
      method.path,
      (message: MessageShape<Q>) => Buffer.from(toBinary(method.request, message)),
      (bytes: Buffer) => fromBinary(method.answer, bytes),
      request,
      { deadline: Date.now() + timeoutMs },
      done,
    );
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms === 0) return;
  try {
    await pause(ms, undefined, signal && { signal });
  } catch {
    throw cancelled(signal as AbortSignal);
  }
}

function cancelled(signal: AbortSignal): SignerError {
  const refusal = { reason: "", policyVersion: "" };
  return new SignerError(status.CANCELLED, "the caller aborted", refusal, { cause: signal.reason });
}
