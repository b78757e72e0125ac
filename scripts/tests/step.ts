/** Runs a command as one step of a longer run. Its closing line gives the counts. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../project.ts'
import { emptyTally, parseClosingLine, readTally, type Tally, withStatus } from './tally.ts'

export interface Step {
  readonly name: string
  /** A script of this project and its arguments. */
  readonly script: readonly string[]
}

export interface StepResult {
  readonly name: string
  readonly seconds: number
  readonly tally: Tally
}

/** `live`: prints as it runs. Otherwise the output is printed whole at the end, so that concurrent steps do not mix. */
export async function runStep({ name, script }: Step, live: boolean, env: Readonly<Record<string, string>> = {}): Promise<StepResult> {
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
      if (live) process.stdout.write(text)
    })
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  if (!live) console.log(`\n· ${name}, after ${seconds} s\n${output.trimEnd()}`)
  // A command without a closing line is one check.
  const tally = readTally(file) ?? parseClosingLine(output) ?? { ...emptyTally, passed: status === 0 ? 1 : 0 }
  rmSync(scratch, { recursive: true })
  return { name, seconds, tally: withStatus(tally, status, name, output) }
}

/** Runs `steps` in order, `width` at a time. */
export async function runSideBySide(steps: readonly Step[], width: number, env: Readonly<Record<string, string>>): Promise<StepResult[]> {
  const waiting = [...steps]
  const results: StepResult[] = []
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) results.push(await runStep(step, false, env))
  }
  await Promise.all(Array.from({ length: width }, lane))
  return results
}
