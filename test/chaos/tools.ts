/** Tools whose effects are counted by whoever runs the harness: put in the place of `workers/tools/catalog/catalog.ts` in a build that is tested. */
import { z } from 'zod'
import { type Tool, tool } from '../../shared/tool/tool.ts'

/** Replaced by where effects are counted. */
export const effectsUrl = 'http://effects.invalid'

const arguments_ = { key: z.string() }
const timeout_ms = 4_000

/** Some are fast, some slow, so that a kill meets them before, within and after. */
async function act({ key }: { key: string }): Promise<string> {
  await pause()
  const answer = await fetch(effectsUrl, { method: 'POST', body: key })
  await pause()
  return answer.text()
}

const pause = () => new Promise((done) => setTimeout(done, Math.random() * 250))

export const tools: readonly Tool[] = [
  tool({ name: 'add', description: 'Must not run twice.', arguments: arguments_, effect: 'once', timeout_ms, run: act }),
  tool({ name: 'set', description: 'May run again.', arguments: arguments_, effect: 'idempotent', timeout_ms, run: act }),
]
