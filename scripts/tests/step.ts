/** Runs a command as one step of a longer run. Its closing line gives the counts. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../project.ts'
import { emptyTally, parseClosingLine, readTally, type Tally, withStatus } from './tally.ts'

/** A command to run. */
export interface Step {
  readonly name: string
  /** A script of this project and its arguments. */
  readonly script: readonly string[]
}

/** The result of a step. */
export interface StepResult {
  readonly name: string
  readonly seconds: number
  readonly tally: Tally
}

/** Runs a step. `isLive`: prints its output at once. Otherwise prints all of it at the end, so that concurrent steps do not mix. */
export async function runStep({ name, script }: Step, isLive: boolean, env: Readonly<Record<string, string>> = {}): Promise<StepResult> {
  const startedAt = performance.now()
  console.log(`· ${name}`)
  const scratch = mkdtempSync(join(tmpdir(), 'soma-step-'))
  const file = join(scratch, 'tally.json')
  const child = spawn(process.execPath, [...script], {
    cwd: root,
    env: { ...process.env, ...env, SOMA_TALLY: file },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (isLive) process.stdout.write(text)
    })
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  if (!isLive) console.log(`\n· ${name}, after ${seconds} s\n${output.trimEnd()}`)
  // A command without a closing line is one check.
  const tally = readTally(file) ?? parseClosingLine(output) ?? { ...emptyTally, passed: status === 0 ? 1 : 0 }
  rmSync(scratch, { recursive: true })
  return { name, seconds, tally: withStatus(tally, status, name, output) }
}

/** Runs `steps` in as many lanes as `concurrency`. A lane runs one step at a time, in order. */
export async function runSideBySide(
  steps: readonly Step[],
  concurrency: number,
  env: Readonly<Record<string, string>>,
): Promise<StepResult[]> {
  const waiting = [...steps]
  const results: StepResult[] = []
  const runLane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) results.push(await runStep(step, false, env))
  }
  await Promise.all(Array.from({ length: concurrency }, runLane))
  return results
}
