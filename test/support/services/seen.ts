/** A request at a fake service. Plain data, because `GET /seen` returns it as JSON. */
export interface SeenServiceRequest {
  readonly provider: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
  /** Why it was refused. */
  readonly refusal?: string | undefined
  /** Whether the client closed the connection before the answer was sent. */
  readonly isAborted: boolean
}
