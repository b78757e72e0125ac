/** The settings of what tools may reach outside. */
import { z } from 'zod'
import { normalHostPattern } from '../net/host-pattern.ts'

const maxHosts = 200

const HostPatterns = z
  .array(
    z
      .string()
      .trim()
      .max(270)
      .refine((text) => normalHostPattern(text) !== null, 'must be a host such as `example.com`, `*.example.com` or `example.com:8443`')
      .overwrite((text) => normalHostPattern(text) ?? text),
  )
  .max(maxHosts)
  .default([])

/** Which hosts `http_fetch` may read. */
export const WebSettings = z.strictObject({
  allow: HostPatterns.meta({
    description: `The only hosts that \`http_fetch\` reads, such as \`example.com\` or \`*.example.com\`. With a port, that port. Empty: every public host, on the ports 80 and 443. At most ${maxHosts}`,
  }),
  deny: HostPatterns.meta({ description: `The hosts that \`http_fetch\` never reads, in the same form. At most ${maxHosts}` }),
})
