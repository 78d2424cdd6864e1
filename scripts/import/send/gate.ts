/** The one gate all senders pass: how many requests run at once, and when none may, by what the API answers. */

/** What a finished request says about the API. */
export type Verdict =
  /** It keeps up. */
  | "served"
  /** It asked for less (429, 503) or did not answer. */
  | "pushed_back"
  /** Nothing, e.g. a refused token. */
  | "neutral";

export interface GateOptions {
  /** Most requests at once. */
  readonly most: number;
  /** @default min(4, most) */
  readonly start?: number;
}

/** Given out at the entrance: a push back counts once for all requests that were under way together. */
export type Ticket = number;

/** Grows by doubling until the first push back, then by one; halves on each push back (AIMD). */
export class Gate {
  readonly #most: number;
  #limit: number;
  #inFlight = 0;
  #served = 0;
  #round: Ticket = 0;
  #openAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: ((ticket: Ticket) => void)[] = [];

  constructor({ most, start = Math.min(4, most) }: GateOptions) {
    this.#most = most;
    this.#limit = start;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests allowed at once, now. */
  get limit(): number {
    return this.#limit;
  }

  /** Waits for a place; each must be given back by `leave`. */
  async enter(): Promise<Ticket> {
    if (this.#isFree() && this.#waiting.length === 0) {
      this.#inFlight++;
      return this.#round;
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#admit();
    });
  }

  leave(verdict: Verdict, ticket: Ticket): void {
    this.#inFlight--;
    if (verdict === "served") this.#grow();
    if (verdict === "pushed_back" && ticket === this.#round) {
      this.#round++;
      this.#served = 0;
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    }
    this.#admit();
  }

  /** Lets nobody in for a while; a longer closing that is already under way stands. */
  close(milliseconds: number): void {
    this.#openAt = Math.max(this.#openAt, performance.now() + milliseconds);
    this.#admit();
  }

  /** Lets everybody through from now on, so that who waits can see that the run is over. */
  release(): void {
    this.#openAt = 0;
    this.#limit = Number.POSITIVE_INFINITY;
    this.#admit();
    clearTimeout(this.#timer);
  }

  #isFree(): boolean {
    return this.#inFlight < this.#limit && this.#openAt <= performance.now();
  }

  #admit(): void {
    clearTimeout(this.#timer);
    while (this.#waiting.length > 0 && this.#isFree()) {
      this.#inFlight++;
      this.#waiting.shift()?.(this.#round);
    }
    const closedFor = this.#openAt - performance.now();
    if (this.#waiting.length > 0 && closedFor > 0) {
      this.#timer = setTimeout(() => this.#admit(), Math.ceil(closedFor));
    }
  }

  #grow(): void {
    this.#served++;
    if (this.#limit >= this.#most || this.#served < this.#limit) return;
    this.#served = 0;
    this.#limit = Math.min(this.#most, this.#round === 0 ? this.#limit * 2 : this.#limit + 1);
  }
}
