/** What `kafka-rest.ts` does and has seen; apart, for tests that run where there is no Node. */

/**
 * `refused`: 200 with an error for the record, in the words of Confluent's proxy; `minus`: in those of Karapace; `strimzi`: in those of
 * Strimzi's bridge. `lost`: taken, but the answer never arrives. `hang`: neither. A number: that status.
 */
export type Behaviour =
  | 'ok'
  | 'refused'
  | 'minus'
  | 'strimzi'
  | 'lost'
  | 'hang'
  | 'cut'
  | 'slow'
  | 'html'
  | 'huge'
  | 'empty'
  | 'twice'
  | number

export interface Room {
  readonly records: { readonly key: unknown; readonly value: unknown }[]
  readonly script: Behaviour[]
  readonly headers: { readonly contentType: string | undefined; readonly authorization: string | undefined }[]
  /** How many requests were open at the same time, at most. */
  most: number
  open: number
  topics: Behaviour | readonly string[]
}
