/**
 * The prompt of a long conversation: what fits of it, beside a plain loop that joins the newest texts. Both read the stored rows, newest
 * first, until the window is full. The loop counts four characters as a token, and keeps no turn whole.
 */
import { buildContext, type ContextEvent } from '../shared/context/build.ts'
import { buildPrompt } from '../shared/context/prompt.ts'
import { defaultHistoryTokens } from '../shared/context/window.ts'
import { median, ratios, spread } from './statistics.ts'

/** Turns of a session. The prompt has room for about the newest hundred. */
const lengths = [200, 2_000, 20_000] as const
/** Prompts that are built in one round. */
const repeats = 20

const instructions = [{ kind: 'preamble', source: 'workspace', text: 'Answer briefly, and name your sources.' }] as const

/** The rows of a session, newest first. Each turn has some 240 tokens. */
function session(turns: number): string[] {
  const events: ContextEvent[] = []
  for (let turn = turns; turn > 0; turn -= 1) {
    const fields = { seq: turn, at: turn, turn_id: `t${turn}` }
    events.push({
      ...fields,
      type: 'item.closed',
      item_id: `a${turn}`,
      text: `Answer ${turn}: ${'the order was sent to Bonn, and arrives on Friday. '.repeat(12)}`,
    })
    events.push({
      ...fields,
      type: 'item.added',
      item_id: `q${turn}`,
      role: 'user',
      text: `Question ${turn}: ${'where is my order, and when does it arrive? '.repeat(7)}`,
    })
  }
  return events.map((event) => JSON.stringify(event))
}

function* parsed(newestFirst: readonly string[]): Generator<ContextEvent> {
  for (const body of newestFirst) yield JSON.parse(body)
}

function prompt(newestFirst: readonly string[]): number {
  const { messages } = buildContext(parsed(newestFirst), defaultHistoryTokens)
  const built = buildPrompt({ instructions, tools: [], messages }, { name: 'm', promptTokens: defaultHistoryTokens })
  if (!built.ok) throw new Error(built.error)
  return built.value.messages.length
}

/** Joins the newest texts, at four characters a token. */
function plainLoop(newestFirst: readonly string[]): number {
  const lines: string[] = []
  let units = 0
  for (const event of parsed(newestFirst)) {
    const line = 'text' in event ? `${event.type === 'item.added' ? 'user' : 'assistant'}: ${event.text}` : ''
    units += line.length
    if (units > 4 * defaultHistoryTokens) break
    lines.push(line)
  }
  return [instructions[0].text, ...lines.reverse()].join('\n').length
}

function microseconds(work: () => number): number {
  const startedAt = performance.now()
  for (let repeat = 0; repeat < repeats; repeat += 1) work()
  return ((performance.now() - startedAt) * 1_000) / repeats
}

/** Runs the benchmark. Returns Markdown. */
export async function context(rounds: number, log: (line: string) => void): Promise<string> {
  const rows = ['| turns | prompt, µs | plain loop, µs | prompt ÷ loop |', '| ---: | --- | --- | --- |']
  for (const turns of lengths) {
    const events = session(turns)
    // The first calls compile the code.
    microseconds(() => prompt(events))
    microseconds(() => plainLoop(events))
    const own: number[] = []
    const peer: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      own.push(microseconds(() => prompt(events)))
      peer.push(microseconds(() => plainLoop(events)))
    }
    log(`${turns} turns: ${median(own).toFixed(0)} µs, loop ${median(peer).toFixed(0)} µs`)
    rows.push(`| ${turns} | ${spread(own, 0)} | ${spread(peer, 0)} | ${spread(ratios(own, peer))} |`)
  }
  return rows.join('\n')
}
