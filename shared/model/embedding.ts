/** A call that embeds texts: what the gateway sends to the conversation Worker, and what it gets. Pure. */
import type { ModelCaller } from './invocation.ts'

/** One call. */
export interface EmbeddingCall extends ModelCaller {
  /** A model profile, `builtin`, or `default`. */
  readonly model: string
  readonly texts: readonly string[]
  /** The numbers of each vector. Undefined: as many as the model has. */
  readonly dimensions?: number | undefined
}

/** The vectors, in the order of the texts. */
export interface Embeddings {
  readonly vectors: readonly Float32Array[]
  readonly input_tokens: number
}
