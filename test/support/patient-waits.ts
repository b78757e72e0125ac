/**
 * Set-up of tests in Vitest: `vi.waitFor` waits for up to ten seconds by default, instead of one.
 * A wait ends when its condition holds, so only a failing test or a busy machine takes longer. A test of a time sets its own `timeout`.
 */
import { vi } from 'vitest'

const { waitFor } = vi
const timeout = 10_000

vi.waitFor = (check, options) => waitFor(check, typeof options === 'number' ? options : { timeout, ...options })
