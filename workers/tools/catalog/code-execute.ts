import { z } from 'zod'
import { codeUnits } from '../../../shared/code/limits.ts'
import type { ProgramCall } from '../../../shared/code/program.ts'
import { resultText } from '../../../shared/code/result-text.ts'
import { runWithTools } from '../../../shared/code/run-with-tools.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { ToolFailure, tool } from '../../../shared/tool/tool.ts'

const noPython =
  'Python is not configured: an administrator must set SOMA_PYTHON_URL to a runner. Send the program in JavaScript, with language "javascript".'

/** Runs a program: JavaScript and TypeScript in the engine of the code Worker, Python in the configured runner. */
export const codeExecute = tool({
  name: 'code_execute',
  description:
    'Runs a program and returns its value, its console output and its error. In JavaScript and TypeScript the value is that of the last expression; `await` works. `tools.NAME(arguments)` calls another tool, and gives a promise of its result. There are no files, modules, timers and no network.',
  arguments: {
    language: z
      .enum(['python', 'javascript', 'typescript'])
      .optional()
      .meta({ description: 'Default: `python`, which a workspace may not have' }),
    code: z.string().min(1).max(codeUnits),
  },
  effect: 'idempotent',
  timeout_ms: 60_000,
  async run({ language = 'python', code }, { services, job, signal, nested }) {
    if (language === 'python') {
      if (services.python === null) throw new ToolFailure(noPython)
      const { output, error } = await services.python.run(code, `${job.session}/${job.turn_id}/${job.call_id}`, signal)
      return JSON.stringify({ ...(output === '' ? {} : { console: output }), ...(error === null ? {} : { error }) })
    }
    const seed = Number.parseInt(textHash(job.call_id).slice(0, 12), 16)
    const call = async ({ id, name, arguments: args }: ProgramCall) => {
      const { outcome, text } = await nested.call(name, args, id)
      return { ok: outcome === 'completed', text }
    }
    const stored = await nested.open()
    const step = stored?.step ? { ...stored.step, calls: stored.calls } : null
    const keeper = stored ? { step, keep: nested.keep } : undefined
    const program = { language, code, now: stored?.now ?? services.now(), seed, tools: [...nested.names] }
    return resultText(await runWithTools(services.code, program, call, signal, keeper))
  },
})
