/** What the fake model was told to do, and what it saw. Plain data, so that it can be read over HTTP too (`GET /requests`). */

export interface Behaviour {
  readonly kind: string
  readonly [setting: string]: string | number
}

/** One request as the endpoint saw it. Times are Unix ms. */
export interface SeenRequest {
  readonly at: number
  readonly behaviour: Behaviour
  readonly authorization: string | undefined
  /** The body as it was sent. */
  readonly body: {
    readonly model?: string
    readonly messages?: readonly { role: string; content: string; tool_call_id?: string; tool_calls?: readonly unknown[] }[]
    readonly tools?: readonly { function: { name: string } }[]
    readonly stream_options?: unknown
  }
  /** Words said so far. */
  said: number
  /** When the client closed or aborted the connection before the answer was finished. */
  abortedAt: number | undefined
  /** When the answer was sent whole. */
  finishedAt: number | undefined
}
