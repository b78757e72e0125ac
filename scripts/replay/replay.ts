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
import { answererAt, denialsOf, roleNamed } from './branch-options.ts'
import { type Branch, branchSession } from './branch-session.ts'
import { type RecordedSession, readRecordedSession } from './recorded-session.ts'
import { replaySession } from './replay-session.ts'
import { count, type Tally, tallyText, turnLines } from './report.ts'

const usage = `npm run replay -- SESSION [--tenant NAME] [--url URL] [--save FILE]
npm run replay -- --file FILE
npm run replay -- … --from N [--model PROFILE | --persona ID] [--policy PLAN] [--role ROLE]

Runs the recorded turns of SESSION again, offline, and compares what they record with the log, byte by byte. Ids and times are those
of the log. Turns are recorded while the workspace sets \`recordings.days\`.
--tenant: the tenant of the session (default local). --save: also writes what was read to FILE, with the content of the session.
--file: reads such a file instead of the stack at URL (default ${defaultUrl}).
--from: continues from turn N in memory, and shows what differs. No tool runs: a recorded call gets its recorded result.
--model, --persona: what answers, by the stack at URL, which counts the usage. Without it the recorded pieces are played.
--policy: a plan of \`opa build -t plan\`, which decides each call of a user with --role (default member).
SOMA_REPLAY_TOKEN: a token of the user for --model and --persona. SOMA_TOKEN: a token with the scope admin:backup. A development stack of this folder does not need it.
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

interface BranchValues {
  readonly url: string
  readonly from?: string | undefined
  readonly model?: string | undefined
  readonly persona?: string | undefined
  readonly policy?: string | undefined
  readonly role: string
}

/** What is wrong with the options of a branch. Undefined: nothing. */
function branchProblem({ from, model, persona, policy }: BranchValues): string | undefined {
  const change = model ?? persona ?? policy
  if (from === undefined) return change === undefined ? undefined : '--model, --persona and --policy need --from N'
  if (!/^[1-9]\d*$/.test(from)) return '--from must be the position of a turn: 1 or more'
  if (model !== undefined && persona !== undefined) return 'name a model or a persona: a persona has its model'
  return change === undefined ? '--from needs --model, --persona or --policy' : undefined
}

async function branchOf({ url, from, model, persona, policy, role }: BranchValues, recorded: RecordedSession): Promise<Branch> {
  const name = persona === undefined ? model : `persona:${persona}`
  return {
    from: Number(from),
    answerer: name === undefined ? undefined : await answererAt(url, name, recorded),
    denies: policy === undefined ? () => undefined : denialsOf(policy, roleNamed(role), recorded),
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tenant: { type: 'string', default: 'local' },
      url: { type: 'string', default: defaultUrl },
      file: { type: 'string' },
      save: { type: 'string' },
      from: { type: 'string' },
      model: { type: 'string' },
      persona: { type: 'string' },
      policy: { type: 'string' },
      role: { type: 'string', default: 'member' },
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
  const problem = branchProblem(values)
  if (problem !== undefined) throw new Error(problem)
  // The lines of turns are those of the replay, not of a stack.
  logger.setLevel('error')
  const source = values.file === undefined ? snapshotOf(values.tenant, session ?? '', values.url) : lines(createReadStream(values.file))
  const recorded = await readRecordedSession(values.save === undefined ? source : saved(source, values.save))
  const tally: Tally = { equal: 0, different: 0, notReplayed: 0 }
  const turns = values.from === undefined ? replaySession(recorded) : branchSession(recorded, await branchOf(values, recorded))
  for await (const turn of turns) {
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
