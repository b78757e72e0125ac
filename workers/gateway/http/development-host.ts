/**
 * A development build accepts only the host names of this machine. Otherwise a web page could sign in without a password (DNS
 * rebinding). Its name would resolve to 127.0.0.1, and its origin would equal its `Host`. All code is inside one function, so that a deployed build drops it.
 */
import { createMiddleware } from 'hono/factory'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { Gateway } from './context.ts'
import { problem } from './problem.ts'
import { publicUrl, requestedHost } from './public-url.ts'

/** Accepts localhost, its addresses, and the names of `SOMA_DEV_HOSTS` and `SOMA_PUBLIC_URL`. Any other `Host` gets 403. */
export function rejectForeignHost() {
  const localHosts = ['localhost', '127.0.0.1', '[::1]']
  return createMiddleware<Gateway>(async (c, next) => {
    const hostname = requestedHost(c)
    // `publicUrl` is the request's own address where the setting is empty.
    const configured = readVariable(c.env, 'SOMA_PUBLIC_URL').length > 0 ? [publicUrl(c).hostname] : []
    const allowedHosts = readVariable(c.env, 'SOMA_DEV_HOSTS').split(/[\s,]+/)
    return [...localHosts, ...configured, ...allowedHosts].includes(hostname) ? next() : problem(c, { kind: 'wrong_host' })
  })
}
