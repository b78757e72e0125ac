/** The engine of the code Worker, for Node. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Language, type Program, type RunResult } from '../../shared/code/program.ts'
import type { Engine } from '../../workers/code/machine/engine.ts'
import { startProgram } from '../../workers/code/machine/run.ts'

const folder = join(import.meta.dirname, '../../workers/code/engine')
const text = (file: string): string => readFileSync(join(folder, file), 'utf8')

/** The types of the platform leave it out. */
const { compile } = WebAssembly as unknown as { compile(bytes: Uint8Array): Promise<WebAssembly.Module> }

export const engine: Engine = {
  module: await compile(readFileSync(join(folder, 'quickjs.wasm'))),
  prelude: text('prelude.txt'),
  stripTypes: text('strip-types.txt'),
  hash: text('hash.txt'),
}

/** A program in JavaScript, unless `options` say otherwise. */
export const programOf = (code: string, options: Partial<Program> = {}): Program => ({
  language: Language.enum.javascript,
  code,
  now: Date.UTC(2026, 10, 30),
  seed: 7,
  tools: [],
  ...options,
})

export const run = (code: string, options: Partial<Program> = {}): Promise<RunResult> => startProgram(engine, programOf(code, options))
export const runTypeScript = (code: string): Promise<RunResult> => run(code, { language: 'typescript' })
