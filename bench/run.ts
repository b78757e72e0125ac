/** `npm run bench -- NAME` runs a benchmark and prints its tables. `--write` also writes them to README.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** Runs `rounds` rounds, logs its progress, and returns Markdown. `commit`: the earlier release, for `release` and `web` only. */
export type Benchmark = (rounds: number, log: (line: string) => void, commit: string) => Promise<string>

/** Benchmarks by name. Each is loaded on demand, so that its missing dependencies do not affect the others. */
const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  fanout: async () => (await import('./fanout.ts')).fanout,
  context: async () => (await import('./context.ts')).context,
  ttft: async () => (await import('./ttft.ts')).ttft,
  rows: async () => (await import('./rows.ts')).rows,
  resume: async () => (await import('./resume.ts')).resume,
  append: async () => (await import('./append.ts')).append,
  storm: async () => (await import('./storm.ts')).storm,
  auth: async () => (await import('./auth/auth.ts')).auth,
  guards: async () => (await import('./guards.ts')).guards,
  neighbours: async () => (await import('./neighbours.ts')).neighbours,
  'wire-library': async () => (await import('./wire-library/wire-library.ts')).wireLibrary,
  policy: async () => (await import('./policy/policy.ts')).policy,
  sandbox: async () => (await import('./sandbox.ts')).sandbox,
  quality: async () => (await import('./quality.ts')).quality,
  release: async () => (await import('./release.ts')).release,
  tools: async () => (await import('./tools.ts')).tools,
  uploads: async () => (await import('./uploads.ts')).uploads,
  turns: async () => (await import('./turns.ts')).turns,
  web: async () => (await import('./web/web.ts')).web,
}

const usage = `npm run bench -- NAME [--rounds 5] [--write] [--against COMMIT]   NAME: ${Object.keys(benchmarks).join(', ')}`

/** Replaces the text between the benchmark's two marks. */
function write(name: string, table: string): void {
  const file = join(import.meta.dirname, 'README.md')
  const section = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
  const text = `Made by \`npm run bench -- ${name} --write\`.\n\n${table}\n`
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(section, (_, from, to) => `${from}${text}${to}`),
  )
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '5' },
        write: { type: 'boolean', default: false },
        against: { type: 'string', default: 'HEAD' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`)
    process.exit(1)
  }
}

const { values, positionals } = readArguments()
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const [name = ''] = positionals
const rounds = Number(values.rounds)
const load = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
if (!load || !Number.isInteger(rounds) || rounds < 1) {
  console.error(usage)
  process.exit(1)
}
const run = await load()
const table = await run(rounds, (line) => console.error(line), values.against)
console.log(table)
if (values.write) write(name, table)
// Exit without waiting for closing sockets. This also ends every started process.
process.exit(0)
