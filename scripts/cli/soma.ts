/** `soma`: the command line client of a running server. Wiring only. */
import { createInterface } from 'node:readline'
import { createClient } from '../../shared/client/client.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import type { CliIo } from './io.ts'
import { run } from './run.ts'

const { stdin, stdout, stderr } = process

async function ask(question: string): Promise<string | null> {
  if (!stdin.isTTY) return null
  const reader = createInterface({ input: stdin, output: stderr })
  try {
    return await new Promise((resolve) => reader.question(question, resolve))
  } finally {
    reader.close()
  }
}

const io: CliIo = {
  url: readVariable(process.env, 'SOMA_URL'),
  token: readVariable(process.env, 'SOMA_TOKEN'),
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  lines: () => createInterface({ input: stdin }),
  ask,
  onInterrupt: (stop) => {
    process.on('SIGINT', stop)
    return () => process.off('SIGINT', stop)
  },
}

process.exitCode = await run(process.argv.slice(2), io, (baseUrl, token) => createClient({ baseUrl, token }))
