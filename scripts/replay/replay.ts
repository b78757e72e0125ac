/**
 * `npm run replay -- SESSION` runs the recorded turns of a session again, in this process: with the code of this folder, the recorded
 * pieces of the models and the recorded results of the tools. It compares what the turns record with the log, byte by byte.
 */
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { logger } from '../../durable-objects/logger.ts'
import { lines } from '../../shared/lib/lines.ts'
import { defaultUrl, operator } from '../stack/operator.ts'
import { readRecordedSession } from './recorded-session.ts'
import { replaySession } from './replay-session.ts'
import { count, type Tally, tallyText, turnLines } from './report.ts'

const usage = `npm run replay -- SESSION [--tenant NAME] [--url URL] [--save FILE]
npm run replay -- --file FILE

Runs the recorded turns of SESSION again, offline, and compares what they record with the log, byte by byte. Ids and times are those
of the log. Turns are recorded while the workspace sets \`recordings.days\`.
--tenant: the tenant of the session (default local). --save: also writes what was read to FILE, with the content of the session.
--file: reads such a file instead of the stack at URL (default ${defaultUrl}).
SOMA_TOKEN: a token with the scope admin:backup. A development stack of this folder does not need it.
Exit code: 0 if each replayed turn is equal, 1 if one differs or none was recorded, 2 if the command is wrong.`

/** The lines of the session's snapshot. */
async function* snapshotOf(tenant: string, session: string, url: string): AsyncGenerator<string> {
  const { body } = await operator(url).get('/v1/admin/snapshot', { tenant, session, recordings: 'true' })
  yield* lines(body ?? Readable.from([]))
}

async function* saved(source: AsyncIterable<string>, file: string): AsyncGenerator<string> {
  const kept: string[] = []
  for await (const line of source) {
    kept.push(`${line}\n`)
    yield line
  }
  await writeFile(file, kept.join(''), { mode: 0o600 })
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tenant: { type: 'string', default: 'local' },
      url: { type: 'string', default: defaultUrl },
      file: { type: 'string' },
      save: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const [session] = positionals
  if (positionals.length > 1 || (session === undefined) === (values.file === undefined)) {
    console.error('replay: name one session, or a file (see --help)')
    process.exitCode = 2
    return
  }
  // The lines of turns are those of the replay, not of a stack.
  logger.setLevel('error')
  const source = values.file === undefined ? snapshotOf(values.tenant, session ?? '', values.url) : lines(createReadStream(values.file))
  const recorded = await readRecordedSession(values.save === undefined ? source : saved(source, values.save))
  const tally: Tally = { equal: 0, different: 0, notReplayed: 0 }
  for await (const turn of replaySession(recorded)) {
    count(tally, turn)
    for (const line of turnLines(turn)) console.log(line)
  }
  console.log(tallyText(tally))
  if (recorded.recordings.size === 0) console.log('No turn was recorded. Set `recordings.days` in the settings of the workspace.')
  process.exitCode = tally.different > 0 || tally.equal === 0 ? 1 : 0
}

await main().catch((error) => {
  console.error(`replay: ${error instanceof Error ? error.message : error} (see --help)`)
  process.exitCode = 2
})
