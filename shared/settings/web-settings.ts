/** The settings of what tools may reach outside, and of the search engine. */
import { z } from 'zod'
import { normalHostPattern } from '../net/host-pattern.ts'
import { searchEngines } from './search-engines.ts'

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

/** The search engine of a workspace. `credential`: the name of its key. */
export const searchSettings = (CredentialName: z.ZodType<string>) =>
  z
    .strictObject({
      engine: z.enum(searchEngines).default('none').meta({
        description: "What answers `web_search`: a SearXNG server, Brave's search API, or nothing",
      }),
      base_url: z.string().trim().max(2_048).optional().meta({
        description:
          'The address of SearXNG, such as `https://search.example.com`; its settings must allow the format `json`. For Brave: https://api.search.brave.com, if absent',
      }),
      credential: CredentialName.optional().meta({ description: 'The name of the key that is sent to Brave' }),
    })
    .refine(({ engine, base_url }) => engine !== 'searxng' || base_url !== undefined, { path: ['base_url'], message: 'must be given' })
    .refine(({ engine, credential }) => engine !== 'brave' || credential !== undefined, { path: ['credential'], message: 'must be given' })
