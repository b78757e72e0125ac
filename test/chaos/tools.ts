/** Tools with effects that the harness counts. They replace `workers/tools/catalog/catalog.ts` in a build under test. */
import { z } from 'zod'
import { type Tool, tool } from '../../shared/tool/tool.ts'

/** `build.ts` replaces this with the address of the counting server. */
export const effectsUrl = 'http://effects.invalid'

const arguments_ = { key: z.string() }
const timeout_ms = 4_000

/** Takes a random time, so that kills happen before, during and after the effect. */
async function act({ key }: { key: string }): Promise<string> {
  await pause()
  const response = await fetch(effectsUrl, { method: 'POST', body: key })
  await pause()
  return response.text()
}

const pause = () => new Promise((done) => setTimeout(done, Math.random() * 250))

export const tools: readonly Tool[] = [
  tool({ name: 'add', description: 'Must not run twice.', arguments: arguments_, effect: 'once', timeout_ms, run: act }),
  tool({ name: 'pay', description: 'Needs an approval.', arguments: arguments_, effect: 'once', approval: 'ask', timeout_ms, run: act }),
  tool({ name: 'set', description: 'May run again.', arguments: arguments_, effect: 'idempotent', timeout_ms, run: act }),
]
