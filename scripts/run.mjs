/**
 * `npm run NAME`, or `node scripts/run.mjs NAME`: installs what is missing, then runs the command on the project's own Node.
 * Plain JavaScript for the system's Node 20, because nothing is installed before the first run.
 * Without a name, or with an unknown one, it lists the commands.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Name → [script and its fixed arguments, what the command does]. */
export const commands = {
  start: ['scripts/start.ts', 'starts the whole stack; PORT and SOMA_STATE choose where'],
  check: ['scripts/check.ts', 'checks generated files, imports, purity, documents, variables, types, format and lint'],
  generate: ['scripts/generate.ts', 'writes the generated files'],
  test: ['scripts/test.ts', 'runs units, workerd, simulation and the end-to-end tests of the guarantees'],
  'test:all': ['scripts/test-all.ts', 'runs npm test, then long tests, browser, runtimes and peers'],
  'test:browser': ['scripts/test.ts browser', 'tests the web app in real Chromium'],
  'test:providers': ['scripts/test.ts providers', 'tests turns with a provider that misbehaves in many ways'],
  'test:runtimes': ['scripts/runtimes.ts', 'tests shared code and the client under Bun and Deno'],
  'test:peers': ['scripts/peers.ts', 'compares with real engines: OPA, OpenFGA, OpenID Connect, Redis, Kafka'],
  chaos: ['test/chaos/run.ts', 'injects faults into conversations of simulated users and audits the result'],
  bench: ['bench/run.ts', 'runs a benchmark beside its peer'],
  backup: ['scripts/backup.ts', 'writes a running stack (sessions, accounts, settings) to a file'],
  restore: ['scripts/restore.ts', 'restores a backup into a running stack'],
  replay: ['scripts/replay/replay.ts', 'runs recorded turns of a session again, offline, and compares'],
  policy: ['scripts/policy.ts', 'signs a policy and uploads it to a running stack'],
  constitution: ['scripts/constitution.ts', 'signs a constitution and uploads it to a running stack'],
  'verify-audit': ['scripts/verify-audit.ts', 'verifies the hash chain of an audit trail'],
  scanner: ['scripts/scanner.ts', 'answers for SOMA_SCANNER_URL with ClamAV'],
  soma: ['scripts/cli/soma.ts', 'chats with a running server from the command line'],
  token: ['scripts/token.ts', 'prints a token for the development stack'],
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2], process.argv.slice(3))

async function main(name, args) {
  if (name === undefined || !Object.hasOwn(commands, name)) {
    if (name !== undefined && name !== 'help') console.error(`No command is named ${name}.\n`)
    list(name === undefined || name === 'help' ? console.log : console.error)
    process.exit(name === undefined || name === 'help' ? 0 : 2)
  }
  // The import exits with a message if the installation fails.
  await import('./prepare.mjs')
  const [script, ...fixed] = commands[name][0].split(' ')
  const bin = join(root, 'node_modules', '.bin')
  const env = {
    // Each process of Node stores compiled modules there. The next one saves half a second of CPU time when it loads wrangler's runtime.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'soma', 'compiled'),
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  }
  const child = spawn(join(bin, 'node'), [script, ...fixed, ...args], { cwd: root, env, stdio: 'inherit' })
  // The terminal sends Ctrl-C to the child as well; the child decides when to end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  stopWithParent(child)
  child.on('error', (error) => {
    console.error(`${name} cannot be started: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)))
}

/** npm forwards signals, unless it is killed itself. Then this process has a new parent. package.json has `exec`, so that npm is the parent. */
function stopWithParent(child) {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref()
}

function list(print) {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  print('npm run NAME, or npm NAME for start and test:')
  for (const [name, [, text]] of Object.entries(commands)) print(`  ${name.padEnd(width)}  ${text}`)
}
