/** Which tools a prompt holds, and which a model finds with `tool_search`. Pure. */
import type { ModelMessage } from '../model/model.ts'
import { toolSearchName } from '../tool/search.ts'
import type { ToolSpec } from '../tool/tool.ts'
import { toolTokens } from './prompt.ts'

/** Tools of up to this many tokens are all in the prompt. */
export const wholeCatalogTokens = 6_000
/** The most tokens of tools in the prompt of a larger catalog, before the model has searched. */
export const promptToolTokens = 1_500

/**
 * The tools of a prompt, in a stable order: those that the persona names, or all of a small catalog. Of a larger catalog: the first ones,
 * `tool_search`, and last those that the model has found in this turn. So a search changes nothing before them.
 * `roomTokens`: the room of the prompt. Tools that no persona names take a quarter of it at most, and so do the found ones.
 */
export function promptTools(
  own: readonly string[] | null,
  offered: readonly ToolSpec[],
  messages: readonly ModelMessage[],
  roomTokens: number,
): readonly ToolSpec[] {
  if (own) return offered.filter(({ name }) => own.includes(name))
  const search = offered.find(({ name }) => name === toolSearchName)
  const others = offered.filter((tool) => tool !== search)
  const share = Math.floor(roomTokens / 4)
  if (toolTokens(others) <= Math.min(wholeCatalogTokens, share)) return others
  const searchTokens = search ? toolTokens([search]) : 0
  if (!search || searchTokens > share) return firstWithin(others, share)
  const first = firstWithin(others, Math.min(promptToolTokens, share) - searchTokens)
  const names = foundTools(messages)
  const found = others.filter((tool) => names.has(tool.name) && !first.includes(tool))
  return [...first, search, ...firstWithin(found, share)]
}

/** The first tools that together have at most `tokens`. */
function firstWithin(tools: readonly ToolSpec[], tokens: number): ToolSpec[] {
  const first: ToolSpec[] = []
  let left = tokens
  for (const tool of tools) {
    left -= toolTokens([tool])
    if (left < 0) break
    first.push(tool)
  }
  return first
}

/** The names in the results of `tool_search` since the last message of the user. The log has them, so every attempt finds the same. */
function foundTools(messages: readonly ModelMessage[]): Set<string> {
  const turn = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1)
  const searches = new Set(
    turn
      .flatMap((message) => ('calls' in message ? (message.calls ?? []) : []))
      .flatMap((call) => (call.name === toolSearchName ? [call.call_id] : [])),
  )
  return new Set(turn.flatMap((message) => (message.role === 'tool' && searches.has(message.call_id) ? namesIn(message.text) : [])))
}

/** The names in a result of `tool_search`. A refused search has none. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/"name":"([\w.-]{1,128})","description":/g)].map(([, name = '']) => name)
}
