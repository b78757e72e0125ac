/** Removes the types of programs, inside an engine: the parser of TypeScript meets untrusted text, and has no limits of its own. */
import type { Snapshot } from 'quickjs-wasi'
import { z } from 'zod'
import { codeUnits, stripFuel } from '../../../shared/code/limits.ts'
import type { ProgramError } from '../../../shared/code/program.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { Engine } from './engine.ts'
import { Machine } from './machine.ts'

/** A machine with the loaded parser. Each program starts from it, so no program meets what another one left. */
interface Loaded {
  readonly snapshot: Snapshot
  readonly strip: number
}

const loadedMachines = new WeakMap<Engine, Loaded>()

/** Units of the answer: the longest program, with each of its characters escaped. */
const answerUnits = 6 * codeUnits + 1_024
const options = { now: 0, seed: 0, ticks: Number.POSITIVE_INFINITY }

const Stripped = z.union([
  z.strictObject({ code: z.string() }),
  z.strictObject({ refusal: z.strictObject({ message: z.string(), line: z.number(), column: z.number() }) }),
])

/** `code` without types, or why it cannot be read. */
export async function stripTypes(engine: Engine, code: string): Promise<Result<string, ProgramError>> {
  const { snapshot, strip } = loadedMachines.get(engine) ?? (await load(engine))
  const machine = await Machine.restore(engine, snapshot, options)
  try {
    machine.fuel = BigInt(stripFuel)
    const { vm } = machine
    const answer = vm.callFunction(vm.importHandle(strip), vm.undefined, vm.newString(code))
    if (answer.length > answerUnits) return fail(tooMuch)
    const parsed = Stripped.parse(JSON.parse(answer.toString()))
    return 'code' in parsed ? ok(parsed.code) : fail({ name: 'SyntaxError', ...parsed.refusal })
  } catch {
    return fail(tooMuch)
  } finally {
    machine.dispose()
  }
}

const tooMuch: ProgramError = {
  name: 'SyntaxError',
  message: 'The types of the program are too complex to be removed. Write it in JavaScript, or in shorter parts.',
}

/** Two first programs at once may each load it. A request must not wait for a promise of another one. */
async function load(engine: Engine): Promise<Loaded> {
  const machine = await Machine.create(engine, options)
  const strip = machine.load(engine.stripTypes, 'strip-types.js').getProp('strip')
  const loaded = { strip: machine.vm.exportHandle(strip), snapshot: machine.vm.snapshot() }
  loadedMachines.set(engine, loaded)
  return loaded
}
