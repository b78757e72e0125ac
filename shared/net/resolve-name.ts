/**
 * Resolves names by DNS over HTTPS, in the JSON form that public resolvers share. The request itself resolves the name again, so a name
 * may change in between: a closed network is the wall behind this check.
 */
import { z } from 'zod'
import { BoundedMap } from '../lib/bounded-map.ts'
import { tryParseJson } from '../lib/parse-json.ts'
import { readText } from '../lib/read-text.ts'
import { fail, ok, type Result } from '../result.ts'
import { inward } from './outward-address.ts'
import { isPublicAddress } from './public-host.ts'

const timeoutMs = 3_000
const maxBytes = 65_536
/** How long an answer is used again. Milliseconds. */
const cacheMs = 30_000
/** Types of records: A and AAAA. The answer also holds the aliases on the way. */
const addressTypes = [1, 28]

const DnsAnswer = z.object({
  Answer: z
    .array(z.object({ type: z.int(), data: z.string().max(255) }))
    .max(200)
    .default([]),
})

const answers = new BoundedMap<string, { readonly until: number; readonly result: Result<null, string> }>(1_000)

/** Whether each address of `host` is public, by the resolver at `dnsUrl`. A name that does not resolve is refused. */
export async function requirePublicName(host: string, dnsUrl: string, now: number): Promise<Result<null, string>> {
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) return ok(null)
  const key = `${dnsUrl} ${host}`
  const known = answers.get(key)
  if (known && known.until > now) return known.result
  const found = await Promise.all(addressTypes.map((type) => addressesOf(host, type, dnsUrl)))
  if (found.includes(null)) return fail(`The name ${host} could not be checked: the resolver did not answer.`)
  const addresses = found.flatMap((list) => list ?? [])
  const result = addresses.length === 0 ? fail(`There is no host ${host}.`) : addresses.every(isPublicAddress) ? ok(null) : fail(inward)
  answers.set(key, { until: now + cacheMs, result })
  return result
}

/** Null: the resolver did not answer, or said something else. */
async function addressesOf(host: string, type: number, dnsUrl: string): Promise<readonly string[] | null> {
  const url = new URL(dnsUrl)
  url.searchParams.set('name', host)
  url.searchParams.set('type', `${type}`)
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/dns-json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = response.ok ? await readText(response, maxBytes) : null
    const answer = DnsAnswer.safeParse(text === null ? undefined : tryParseJson(text))
    return answer.success ? answer.data.Answer.filter((record) => record.type === type).map(({ data }) => data) : null
  } catch {
    return null
  }
}
