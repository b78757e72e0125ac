/** The refusal of a request that soma-state of an older release cannot serve. */
import type { Failure } from '../../../shared/problem.ts'

/** An older release deletes sessions only for good. */
export const olderTrash: Failure = { kind: 'unavailable', what: 'Restoring deleted sessions, while a new version is deployed,' }
