/** The wait for the next attempt of a model call, in words and on the browser's clock. */
import type { Retrying } from '../../../../shared/events/delta.ts'
import { chat } from '../../strings/chat.ts'

/** A newer server may name another cause. */
export const causeText = ({ cause }: Retrying): string => (cause === 'busy' ? chat.retry.busy : chat.retry.unavailable)

const dueTimes = new WeakMap<Retrying, number>()

/** When the next attempt begins, as `performance.now()`. It counts from the first call for `retrying`. */
export function dueAt(retrying: Retrying): number {
  const known = dueTimes.get(retrying)
  if (known !== undefined) return known
  const due = performance.now() + retrying.after_ms
  dueTimes.set(retrying, due)
  return due
}
