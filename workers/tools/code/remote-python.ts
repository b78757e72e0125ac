/** The runner of Python behind an address that the operator configures: `POST {language, code, id}` → `{output, error}`. */
import { z } from 'zod'
import type { PythonRunner } from '../../../shared/code/python.ts'
import { readText } from '../../../shared/lib/read-text.ts'
import { type Environment, readVariable } from '../../../shared/settings/variables.ts'
import { ToolFailure } from '../../../shared/tool/tool.ts'

/** Bytes of an answer. A result for the model is shorter. */
const maxAnswerBytes = 1_000_000
const Answer = z.object({ output: z.string(), error: z.string().nullable().default(null) })

/** The runner that `env` names; null: none is configured. */
export function pythonRunner(env: Environment<'SOMA_PYTHON_URL' | 'SOMA_PYTHON_TOKEN'>, send = fetch): PythonRunner | null {
  const url = readVariable(env, 'SOMA_PYTHON_URL')
  return url === ''
    ? null
    : { run: (code, id, signal) => run({ url, token: readVariable(env, 'SOMA_PYTHON_TOKEN'), send }, code, id, signal) }
}

interface Remote {
  readonly url: string
  readonly token: string
  readonly send: typeof fetch
}

async function run({ url, token, send }: Remote, code: string, id: string, signal: AbortSignal) {
  const answer = await request()
  const text = answer.status === 200 ? await readText(answer, maxAnswerBytes).catch(() => '') : ''
  if (answer.status !== 200) throw new ToolFailure(`The Python runner answered with ${answer.status}. The program may not have run.`)
  if (text === null) throw new ToolFailure(`The Python runner answered with more than ${maxAnswerBytes / 1e6} MB. Print less.`)
  const parsed = Answer.safeParse(parseJson(text))
  if (!parsed.success) throw new ToolFailure('The Python runner gave an answer that cannot be read. An administrator must check it.')
  return parsed.data

  async function request(): Promise<Response> {
    try {
      return await send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
        body: JSON.stringify({ language: 'python', code, id }),
        // A redirect could send the token and the program elsewhere.
        redirect: 'manual',
        signal,
      })
    } catch {
      throw new ToolFailure('The Python runner cannot be reached. Use JavaScript, or try again later.')
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
