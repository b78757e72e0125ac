/** Asks the search engine of a workspace: SearXNG's JSON API, or Brave's. */
import { z } from 'zod'
import type { TenantId } from '../../../shared/ids.ts'
import { cutText } from '../../../shared/lib/cut-text.ts'
import { tryParseJson } from '../../../shared/lib/parse-json.ts'
import { readText } from '../../../shared/lib/read-text.ts'
import { judgeOutward } from '../../../shared/net/outward-fetch.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { openKey } from '../../../shared/secrets/tenant-keys.ts'
import type { Settings } from '../../../shared/settings/settings.ts'
import type { FoundPage, SearchRequest } from '../../../shared/tool/web-access.ts'
import { networkOfHost } from '../network.ts'

const timeoutMs = 15_000
const maxBytes = 1_000_000
const titleUnits = 300
const urlUnits = 1_000
const snippetUnits = 600

const braveAddress = 'https://api.search.brave.com'

/** The results of both engines, as far as they are used. Engines differ in what they leave out. */
const Text = z.string().nullish()
const SearxngAnswer = z.object({ results: z.array(z.object({ title: Text, url: z.string(), content: Text })) })
const BraveAnswer = z.object({
  web: z.object({ results: z.array(z.object({ title: Text, url: z.string(), description: Text })) }).optional(),
})

interface Engine {
  readonly name: string
  request(base: URL, query: string, count: number): URL
  /** Undefined: it is no answer of this engine. */
  read(body: unknown): FoundPage[] | undefined
}

const page = (title: string | null | undefined, url: string, snippet: string | null | undefined): FoundPage => ({
  title: cutText(plainText(title), titleUnits),
  url: cutText(url, urlUnits),
  snippet: cutText(plainText(snippet), snippetUnits),
})

/** Brave marks the words of the query with tags. */
const plainText = (text: string | null | undefined): string => (text ?? '').replace(/<\/?(?:strong|b|em)>/g, '').trim()

/** An address below `base`, whose path may be that of the engine already. */
function below(base: URL, path: string, parameters: Readonly<Record<string, string>>): URL {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(new RegExp(`/*(?:${path})?/*$`), '')}${path}`
  url.search = new URLSearchParams(parameters).toString()
  return url
}

const engines: Readonly<Record<'searxng' | 'brave', Engine>> = {
  searxng: {
    name: 'SearXNG',
    request: (base, query) => below(base, '/search', { q: query, format: 'json' }),
    read: (body) => {
      const answer = SearxngAnswer.safeParse(body)
      return answer.success ? answer.data.results.map(({ title, url, content }) => page(title, url, content)) : undefined
    },
  },
  brave: {
    name: 'Brave',
    request: (base, query, count) => below(base, '/res/v1/web/search', { q: query, count: `${count}` }),
    read: (body) => {
      const answer = BraveAnswer.safeParse(body)
      return answer.success
        ? (answer.data.web?.results ?? []).map(({ title, url, description }) => page(title, url, description))
        : undefined
    },
  },
}

/** The found pages, or why there are none, in words for the model and the admin. */
export async function searchWeb(
  env: ConnectorsEnv,
  tenant: TenantId,
  settings: Settings,
  { query, count }: SearchRequest,
): Promise<Result<readonly FoundPage[], string>> {
  const { engine: kind, base_url = braveAddress, credential } = settings.search
  if (kind === 'none') return fail('This workspace has no search engine. An admin can set one: `search` in the settings.')
  const engine = engines[kind]
  const address = URL.parse(base_url)
  if (!address) return fail('The address of the search engine is no address.')
  const judged = await judgeOutward(base_url, networkOfHost(env, settings, address))
  if (!judged.ok) return fail(`The search engine of the workspace cannot be asked. ${judged.error}`)
  const base = judged.value
  const key = kind === 'brave' && credential !== undefined ? await openKey(env, tenant, credential, base.origin) : null
  if (key && !key.ok) return key
  const headers = { accept: 'application/json', ...(key && { 'x-subscription-token': key.value }) }
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(engine.request(base, query, count), { headers, redirect: 'manual', signal })
    const text = await readText(response, maxBytes)
    if (!response.ok) return fail(refusal(engine.name, response.status))
    const found = text === null ? undefined : engine.read(tryParseJson(text))
    return found ? ok(found.slice(0, count)) : fail(`${engine.name} sent something that is not a list of results.`)
  } catch {
    return fail(signal.aborted ? `${engine.name} did not answer within ${timeoutMs / 1_000} s.` : `${engine.name} cannot be reached.`)
  }
}

function refusal(name: string, status: number): string {
  if (status === 401 || (status === 403 && name === 'Brave')) return `${name} refuses the key of the workspace (${status}).`
  if (status === 403) return `${name} refuses (403): its settings must allow the format json.`
  if (status === 429) return `${name} says that the workspace searches too often (429). Try again later.`
  return `${name} answered with status ${status}.`
}
