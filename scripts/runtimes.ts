/**
 * `npm run test:runtimes`: runs the portable tests and the client under Bun and Deno. It also starts the stack with each.
 * `test/runtimes` installs both, so that other commands need neither.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { testFiles } from '../test/support/runners.ts'
import { freePort, startStack } from '../test/support/stack.ts'
import { exists, root } from './project.ts'
import { killEarlierRun } from './stack/workers.ts'
import { conclude, emptyTally, lastLines } from './tests/tally.ts'

const folder = 'test/runtimes'
const binary = (name: string) => join(root, folder, 'node_modules', '.bin', name)
const portableFiles = testFiles('portable').map((file) => `./${file}`)

/** Per runtime: how it runs tests written for `node:test`, a plain script, and the project's own start. */
const runtimes = {
  bun: { test: ['test', ...portableFiles], script: ['run'], start: ['run', 'start'] },
  // Types are checked by `npm run check`.
  deno: {
    test: ['test', '--no-check', '--allow-all', ...portableFiles],
    script: ['run', '--no-check', '--allow-all'],
    start: ['task', 'start'],
  },
} as const

const env = {
  ...process.env,
  NO_COLOR: '1',
  DENO_NO_UPDATE_CHECK: '1',
  PATH: [join(root, folder, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
}
const results: { readonly title: string; readonly ok: boolean; readonly output: string }[] = []

function report(title: string, ok: boolean, output = ''): void {
  results.push({ title, ok, output })
  console.log(`${ok ? '✓' : '✗'} ${title}`)
  if (!ok) console.log(output)
}

function run(title: string, command: string, args: readonly string[], extraEnv: Record<string, string> = {}): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: { ...env, ...extraEnv },
    encoding: 'utf8',
    // Ends what hangs. Beside other work on two cores the pure rules have taken over two minutes.
    timeout: 400_000,
  })
  report(title, status === 0, `${stdout}${stderr}`)
}

install()
for (const [name, commands] of Object.entries(runtimes)) run(`${name}: the pure rules`, binary(name), commands.test)

const stack = await startStack()
try {
  const token = await stack.token('acme', 'alice')
  for (const [name, commands] of Object.entries(runtimes))
    run(`${name}: the client against a running stack`, binary(name), [...commands.script, `${folder}/client.ts`], {
      SOMA_URL: stack.url,
      SOMA_TOKEN: token,
    })
} finally {
  await stack.stop()
}

for (const [name, commands] of Object.entries(runtimes)) await testStart(name, commands.start)

const failures = results.filter(({ ok }) => !ok).map(({ title, output }) => ({ name: title, message: lastLines(output) }))
conclude({ ...emptyTally, passed: results.length - failures.length, failed: failures.length, failures })

/** `bun run start` and `deno task start` start the stack, and stop it on Ctrl-C. */
async function testStart(name: string, command: readonly string[]): Promise<void> {
  const title = `${name} ${command.join(' ')}: the same stack`
  const state = mkdtempSync(join(tmpdir(), `soma-${name}-`))
  const port = await freePort()
  const child = spawn(binary(name), command, {
    cwd: root,
    detached: true,
    env: { ...env, SOMA_STATE: state, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ready = Promise.withResolvers<boolean>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes(`\nready http://localhost:${port}`)) ready.resolve(true)
    })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const timer = setTimeout(() => ready.resolve(false), 90_000)
  const ok = await Promise.race([ready.promise, exited.then(() => false)])
  clearTimeout(timer)
  // Signal the whole process group, as a terminal does on Ctrl-C.
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
  await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 5_000))])
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const remaining = await killEarlierRun(state)
  report(title, ok && remaining === 0, `${output}${remaining} processes were left behind`)
  rmSync(state, { recursive: true, force: true })
}

function install(): void {
  const installed = `${folder}/node_modules/.package-lock.json`
  const pinned = versions(`${folder}/package-lock.json`)
  if (exists(installed) && versions(installed) === pinned) return
  console.log(`installing Bun and Deno in ${folder}`)
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: join(root, folder),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) {
    console.error('Bun and Deno cannot be installed. The output of npm is above.')
    process.exit(1)
  }
}

function versions(lock: string): string {
  const { packages }: { packages: Record<string, { version?: string }> } = JSON.parse(readFileSync(join(root, lock), 'utf8'))
  return JSON.stringify(['bun', 'deno'].map((name) => packages[`node_modules/${name}`]?.version))
}
