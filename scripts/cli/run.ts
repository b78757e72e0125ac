/** The command line client: parses the arguments, runs one command, and returns its exit code. Works through the typed client alone. */
import { parseArgs } from 'node:util'
import type { Client } from '../../shared/client/client.ts'
import { ApiError, Unreachable } from '../../shared/client/errors.ts'
import { chat } from './chat.ts'
import { type CliIo, type ExitCode, exitCodes } from './io.ts'
import { sessions } from './sessions.ts'

const usage = `soma chat [MESSAGE] [--session ID] [--persona ID] [--model NAME]
soma sessions [--limit N]
soma sessions show ID
soma sessions rename ID TITLE
soma sessions delete ID

chat sends MESSAGE and prints the answer as it comes. Without MESSAGE each line of the input is one.
A session continues with --session; else the first message begins one. Ctrl-C stops the answer.
--json: prints JSON, one value a line.
--url: the server (SOMA_URL). --token: a token or an API key; SOMA_TOKEN keeps it out of the list of processes.
Exit codes: 0 done, 1 the turn failed, 2 the command is wrong, 3 not signed in or not allowed, 4 refused, 5 the server cannot be
reached, 6 the answer waits for a user, 130 stopped.`

/** Runs one command. */
export async function run(args: readonly string[], io: CliIo, connect: (url: string, token: string) => Client): Promise<ExitCode> {
  const parsed = parsedArgs(args)
  if (typeof parsed === 'string') return wrong(io, parsed)
  const { values, positionals } = parsed
  if (values.help || positionals.length === 0) {
    io.out(`${usage}\n`)
    return values.help ? exitCodes.done : exitCodes.usage
  }
  const [command, ...rest] = positionals
  const token = values.token ?? io.token
  if (token === '') return wrong(io, 'soma: set SOMA_TOKEN to a token or an API key')
  const client = connect(values.url ?? io.url, token)
  const limit = Number(values.limit ?? 50)
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) return wrong(io, 'soma: --limit must be a number from 1 to 200')
  try {
    if (command === 'chat') return await chat(client, io, rest.join(' '), { ...values, json: values.json })
    if (command === 'sessions')
      return (await sessions(client, io, rest, { limit, json: values.json })) ?? wrong(io, 'soma sessions: see --help')
    return wrong(io, `soma: no command is named ${command}`)
  } catch (error) {
    return failed(io, error)
  }
}

function parsedArgs(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        session: { type: 'string' },
        persona: { type: 'string' },
        model: { type: 'string' },
        limit: { type: 'string' },
        url: { type: 'string' },
        token: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return error instanceof Error ? `soma: ${error.message}` : 'soma: the arguments are wrong'
  }
}

function wrong(io: CliIo, text: string): ExitCode {
  io.err(`${text}\n`)
  return exitCodes.usage
}

/** What the API refused, in its words. Other errors are faults of this program. */
function failed(io: CliIo, error: unknown): ExitCode {
  if (error instanceof Unreachable) {
    io.err(`soma: ${error.message}\n`)
    return exitCodes.unreachable
  }
  if (!(error instanceof ApiError)) throw error
  io.err(`soma: ${error.message}\n`)
  if (error.status === 401 || error.status === 403) return exitCodes.denied
  return error.status >= 500 ? exitCodes.unreachable : exitCodes.refused
}
