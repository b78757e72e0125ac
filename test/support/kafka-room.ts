/** The types and state of `kafka-rest.ts`. A separate file, because some tests run without Node. */

/**
 * `refused`: 200 with an error for the record, in the form of Confluent's proxy.
 * `minus`: in the form of Karapace. `strimzi`: in the form of Strimzi's bridge.
 * `{ code }`: 200 with this `error_code` and no offset.
 * `lost`: the record is stored, and no answer arrives. `hang`: not stored, no answer. A number: that status.
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
  | { readonly code: unknown }

export interface Room {
  readonly records: { readonly key: unknown; readonly value: unknown }[]
  readonly script: Behaviour[]
  readonly headers: { readonly contentType: string | undefined; readonly authorization: string | undefined }[]
  /** The highest number of concurrent requests. */
  maxOpen: number
  open: number
  topics: Behaviour | readonly string[]
}
