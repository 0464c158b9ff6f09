import { status } from "@grpc/grpc-js";
import type { SignerError } from "./errors.js";

const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 200;

/** Which of the endpoints answered last: the next call begins there. */
export class Preference {
  first = 0;
}

/**
 * When and where one call is tried again. A signature is safe to ask for again.
 *
 * UNAVAILABLE (and DATA_LOSS, a signer with a fault of its own) goes to the next endpoint at once;
 * when all have failed, after a pause that grows from 10 to 200 ms; until the deadline. While there
 * are other endpoints, one that is silent gets only its share of the time. Every other status ends
 * the call. At the deadline what failed before says more than the deadline does.
 */
export class Attempts {
  readonly #endpoints: number;
  readonly #preference: Preference;
  readonly #start: number;
  readonly #deadline: number;
  #tried = 0;
  #pause = FIRST_PAUSE_MS;
  #unavailable: SignerError | undefined;

  constructor(endpoints: number, preference: Preference, timeoutMs: number) {
    this.#endpoints = endpoints;
    this.#preference = preference;
    this.#start = preference.first;
    this.#deadline = performance.now() + timeoutMs;
  }

  /** Which endpoint is next. */
  get index(): number {
    return (this.#start + this.#tried) % this.#endpoints;
  }

  /** How long it has: of a round's last endpoint, all that is left. */
  get timeoutMs(): number {
    return Math.max(this.#left, 0) / (this.#endpoints - (this.#tried % this.#endpoints));
  }

  succeeded(): void {
    this.#preference.first = this.index;
  }

  /** How many ms to wait before the next try; throws if there is none. */
  failed(error: SignerError): number {
    this.#tried++;
    const roundOver = this.#tried % this.#endpoints === 0;
    if (error.code === status.UNAVAILABLE) this.#unavailable = error;
    const cause = error.code === status.DEADLINE_EXCEEDED ? (this.#unavailable ?? error) : error;
    if (this.#left <= 0 || !isWorthAnother(error.code, roundOver)) throw cause;
    if (!roundOver) return 0;
    const pause = this.#pause;
    this.#pause = Math.min(2 * pause, LAST_PAUSE_MS);
    if (pause >= this.#left) throw cause;
    return pause;
  }

  get #left(): number {
    return this.#deadline - performance.now();
  }
}

function isWorthAnother(code: status, roundOver: boolean): boolean {
  if (code === status.UNAVAILABLE) return true;
  return (code === status.DATA_LOSS || code === status.DEADLINE_EXCEEDED) && !roundOver;
}
