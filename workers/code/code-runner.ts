/** The entrypoint of the code Worker. It keeps nothing of a program, and reads only its arguments. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { CallResults, type CodeRunnerPort, Program, type RunResult } from '../../shared/code/program.ts'
import hash from './engine/hash.txt'
import prelude from './engine/prelude.txt'
import module from './engine/quickjs.wasm'
import stripTypes from './engine/strip-types.txt'
import type { Engine } from './machine/engine.ts'
import { resumeProgram, startProgram } from './machine/run.ts'

const engine: Engine = { module, prelude, stripTypes, hash }

export class CodeRunner extends WorkerEntrypoint implements CodeRunnerPort {
  async ready(): Promise<true> {
    return true
  }

  async start(program: string): Promise<RunResult> {
    return startProgram(engine, Program.parse(JSON.parse(program)))
  }

  async resume(snapshot: Uint8Array, results: string): Promise<RunResult> {
    return resumeProgram(engine, snapshot, CallResults.parse(JSON.parse(results)))
  }
}
