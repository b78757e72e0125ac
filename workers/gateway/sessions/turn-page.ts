/** Pages of turns: the newest turns first, then those before a turn. */
import type { Failure } from '../../../shared/problem.ts'

/** An object of an older release returns every turn, whatever the request. */
export const olderObject: Failure = { kind: 'unavailable', what: 'The rest of the session, while a new version is deployed,' }

/** Whether the object has read from `before`. Null: from the newest turn. */
export const isPage = (read: { readonly next_before?: string | null | undefined }, before: string | null): boolean =>
  before === null || read.next_before !== undefined
