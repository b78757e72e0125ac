/** The models that an endpoint offers, as its own list names them. */
import { z } from 'zod'
import { readText } from '../../../shared/lib/read-text.ts'
import type { Dialect } from './dialect.ts'
import { checkedAddress, type Endpoint } from './endpoint.ts'

/** The most bytes of a list that are read, and the most names that are returned. */
const listBytes = 1024 * 1024
const maxModels = 200

const Entry = z.looseObject({ id: z.string().nullish(), name: z.string().nullish() })
const List = z.looseObject({ data: z.array(Entry).nullish(), models: z.array(Entry).nullish(), result: z.array(Entry).nullish() })

/** The names, sorted; empty: the endpoint has no list, or does not show it. */
export async function modelsAt(dialect: Dialect, endpoint: Endpoint, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { apiKey } = endpoint
    const address = checkedAddress(endpoint).replace(/\/+$/, '')
    const headers = { authorization: `Bearer ${apiKey}`, ...dialect.headers(apiKey) }
    const sent = apiKey === '' ? [] : Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null)
    const response = await fetch(`${address}${dialect.listPath}`, { headers: sent, redirect: 'manual', signal })
    const text = response.ok ? await readText(response, listBytes) : null
    if (!response.ok) await response.body?.cancel()
    return text === null ? [] : namesIn(JSON.parse(text), apiKey)
  } catch {
    // The list is an offer; the call itself reports what is wrong.
    return []
  }
}

/** Workers AI has an id that is no name of a model. */
function namesIn(json: unknown, apiKey: string): string[] {
  const { data, models, result } = List.parse(json)
  const entries = data ?? models ?? result?.map(({ name }) => ({ name, id: undefined })) ?? []
  const names = entries.map(({ id, name }) => (id ?? name ?? '').replace(/^models\//, ''))
  const isName = (name: string) => name !== '' && name.length <= 200 && (apiKey === '' || !name.includes(apiKey))
  return [...new Set(names.filter(isName))].sort().slice(0, maxModels)
}
