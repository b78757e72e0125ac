/**
 * `npm run verify-audit -- [FILE] [--tenant NAME] [--url URL] [--head SEQ:HASH]`
 * Verifies the hash chain of an audit trail, and reports where it breaks.
 * FILE is a response of `GET /v1/audit/export`. Without FILE, it exports the trail of a running stack.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { parseArgs } from 'node:util'
import { type ChainHead, ChainVerifier } from '../shared/audit/chain.ts'
import { readVariable } from '../shared/settings/variables.ts'
import { defaultUrl } from './stack/operator.ts'
import { developmentSecrets } from './stack/secrets.ts'
import { sign } from './stack/token.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tenant: { type: 'string', default: 'local' }, url: { type: 'string', default: defaultUrl }, head: { type: 'string' } },
})

interface Source {
  readonly name: string
  readonly lines: Readable
  /** The expected last entry, if it is known. A chain alone does not show a truncated end. */
  readonly head: ChainHead | null
}

function parseHead(text: string | undefined): ChainHead | null {
  if (text === undefined) return null
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? fail('--head must be SEQ:HASH')
  return { seq: Number(seq), hash: hash ?? '' }
}

async function open(): Promise<Source> {
  const [file] = positionals
  const head = parseHead(values.head)
  if (file !== undefined) return { name: file, lines: createReadStream(file), head }
  const { url, tenant } = values
  const { signingKey } = await developmentSecrets()
  const token =
    readVariable(process.env, 'SOMA_TOKEN') || (await sign(signingKey, { tenant, subject: 'auditor', scopes: 'admin', ttlSeconds: 3_600 }))
  const get = async (path: string): Promise<Response> => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    return response.ok ? response : fail(`${url} responded with ${response.status}: ${(await response.text()).slice(0, 500)}`)
  }
  // Read the head first. Later entries are verified too, and do no harm.
  const page = (await (await get('/v1/audit?limit=1')).json()) as { head: ChainHead }
  const { body } = await get('/v1/audit/export')
  return { name: `${url}, tenant ${tenant}`, lines: Readable.fromWeb(body as ReadableStream), head: head ?? page.head }
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

const { name, lines, head } = await open()
const chain = new ChainVerifier()
let hasFoundHead = head === null || head.seq === 0
for await (const line of createInterface({ input: lines })) {
  const problem = chain.next(line)
  const { head: link } = chain
  if (problem !== null) fail(`${name}: entry ${link.seq + 1} ${problem}. Up to ${link.seq} the chain is whole.`)
  if (head && link.seq === head.seq) {
    if (link.hash !== head.hash) fail(`${name}: entry ${link.seq} has changed: its hash was ${head.hash}`)
    hasFoundHead = true
  }
}
const { head: link, start } = chain
const problem = chain.end()
if (problem !== null) fail(`${name}: ${problem}.`)
if (!hasFoundHead) fail(`${name}: ends at entry ${link.seq}, but there were ${head?.seq}`)
const pruned = start.seq === 0 ? '' : `. The entries before ${start.seq + 1} were pruned`
console.log(`${name}: verified ${link.seq - start.seq} entries; the last is ${link.seq}:${link.hash}${pruned}`)
