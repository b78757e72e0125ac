/** The requests of the fake model and its behaviours. Plain data, because `GET /requests` returns it as JSON. */

export interface Behaviour {
  readonly kind: string
  readonly [setting: string]: string | number
}

/** One request at the endpoint. Times are Unix ms. */
export interface SeenRequest {
  readonly at: number
  readonly behaviour: Behaviour
  readonly authorization: string | undefined
  /** The parsed body. */
  readonly body: {
    readonly model?: string
    readonly messages?: readonly { role: string; content: string; tool_call_id?: string; tool_calls?: readonly unknown[] }[]
    readonly tools?: readonly { function: { name: string } }[]
    readonly stream_options?: unknown
  }
  /** Number of words sent so far. */
  sentWords: number
  /** When the client closed or aborted the connection before the answer was finished. */
  abortedAt: number | undefined
  /** When the whole answer was sent. */
  finishedAt: number | undefined
}
